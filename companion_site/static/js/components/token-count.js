// <token-count><form>…: shows under each long text how many tokens it takes, by the same estimate as the server.
const HAN = /[\u3400-\u9fff\uf900-\ufaff]|[\ud840-\ud87e][\udc00-\udfff]/g;

export function estimate(text) {
  const han = (text.match(HAN) ?? []).length;
  const others = [...text].length - han;
  return han + Math.ceil(others / 4);
}

class TokenCount extends HTMLElement {
  connectedCallback() {
    this.querySelectorAll("textarea").forEach((area) => this.count(area));
    this.addEventListener("input", (event) => { if (event.target.matches("textarea")) this.count(event.target); });
  }

  count(area) {
    let label = area.parentElement.querySelector(".field__count");
    if (!label) {
      label = document.createElement("small");
      label.className = "field__count";
      label.setAttribute("aria-hidden", "true");
      area.after(label);
    }
    const length = area.value.length;
    label.textContent = length ? `≈ ${estimate(area.value)}` : "";
    label.dataset.state = area.maxLength > 0 && length > area.maxLength * 0.9 ? "near" : "";
  }
}

customElements.define("token-count", TokenCount);
