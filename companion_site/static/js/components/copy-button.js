// <copy-button data-text="…" data-done="Copied"><button class="btn">Copy</button></copy-button>; data-from="#id" copies another element's text.
class CopyButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button?.addEventListener("click", () => this.copy());
  }

  text() {
    const source = this.dataset.from && document.querySelector(this.dataset.from);
    return source ? (source.value ?? source.innerText) : (this.dataset.text ?? "");
  }

  async copy() {
    await navigator.clipboard.writeText(this.text());
    const label = this.button.querySelector("[data-label]") ?? this.button;
    const before = label.textContent;
    label.textContent = this.dataset.done ?? before;
    setTimeout(() => {
      label.textContent = before;
    }, 2000);
  }
}

customElements.define("copy-button", CopyButton);
