// <face-builder data-src><form>…: draws the poster and the moods anew while parts and colours are chosen.
const SETTLE_MS = 120;

class FaceBuilder extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.addEventListener("click", (event) => {
      const swatch = event.target.closest("[data-set]");
      if (swatch) this.set(swatch.dataset.set, swatch.value);
      if (event.target.closest("[data-surprise]")) this.surprise();
    });
    this.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.draw(), SETTLE_MS);
    });
  }

  set(name, value) {
    this.form.elements[name].value = value;
    this.form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  }

  surprise() {
    for (const name of ["hair", "eyes", "eyebrows", "nose", "mouth", "head", "garment_kind"]) {
      const tiles = this.querySelectorAll(`input[type=radio][name=${name}]`);
      if (tiles.length) tiles[Math.floor(Math.random() * tiles.length)].checked = true;
    }
    for (const name of ["skin_color", "hair_color", "garment_color", "garment_trim", "accent"]) {
      const swatches = this.querySelectorAll(`[data-set=${name}]`);
      if (swatches.length) this.form.elements[name].value = swatches[Math.floor(Math.random() * swatches.length)].value;
    }
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  draw() {
    const data = new FormData(this.form);
    data.delete("csrfmiddlewaretoken");
    const query = new URLSearchParams([...data].filter(([, value]) => value));
    this.querySelectorAll("img[data-mood]").forEach((image) => {
      query.set("mood", image.dataset.mood);
      image.src = `${this.dataset.src}?${query}`;
      image.closest("[data-accent]").dataset.accent = data.get("accent");
    });
    if (this.hasAttribute("data-has-art")) return;
    query.set("mood", "neutral");
    document.querySelectorAll("[data-live-portrait]").forEach((image) => { image.src = `${this.dataset.src}?${query}`; });
    document.querySelectorAll("[data-live-poster]").forEach((poster) => { poster.dataset.accent = data.get("accent"); });
  }
}

customElements.define("face-builder", FaceBuilder);
