// <character-face data-portrait=".../neutral.svg" data-look><img></character-face>: changes its expression when the mood does, softly.
class CharacterFace extends HTMLElement {
  connectedCallback() {
    this.onMood = ({ detail }) => this.show(detail.expression);
    document.addEventListener("chat:mood", this.onMood);
  }

  disconnectedCallback() {
    document.removeEventListener("chat:mood", this.onMood);
  }

  async show(expression) {
    if (!/^[a-z-]+$/.test(expression) || expression === this.expression) return;
    this.expression = expression;
    const before = this.querySelector("img:not([data-leaving])");
    const address = this.dataset.portrait.replace(/neutral(?=\.svg$)/, expression);
    const next = before.cloneNode();
    next.src = `${address}?v=${this.dataset.look}`;
    next.dataset.coming = "";
    try {
      await next.decode();
    } catch {
      return; // no such face: the one on show stays
    }
    if (this.expression !== expression) return;
    before.after(next);
    // The browser must have drawn the new face unseen before it can fade in.
    next.getBoundingClientRect();
    delete next.dataset.coming;
    before.dataset.leaving = "";
    setTimeout(() => before.remove(), 600);
  }
}

customElements.define("character-face", CharacterFace);
