// <auto-save data-url><form>…: says when something is unsaved, and sends it even when the page is left at once.
class AutoSave extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form) return;
    this.isDirty = false;
    form.addEventListener("input", () => { this.isDirty = true; });
    form.addEventListener("submit", () => { this.isDirty = false; });
    form.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) this.isDirty = false; });
    this.leave = () => {
      if (!this.isDirty) return;
      this.isDirty = false;
      fetch(this.dataset.url, { method: "POST", body: new FormData(form), keepalive: true });
    };
    addEventListener("pagehide", this.leave);
  }

  disconnectedCallback() { removeEventListener("pagehide", this.leave); }
}

customElements.define("auto-save", AutoSave);
