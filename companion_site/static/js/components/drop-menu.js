// <drop-menu><details class="menu">…: closes on Escape, on a click outside and when focus leaves.
class DropMenu extends HTMLElement {
  connectedCallback() {
    this.details = this.querySelector("details");
    this.away = (event) => {
      if (!this.contains(event.target)) this.close();
    };
    document.addEventListener("pointerdown", this.away);
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) this.close();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this.away);
  }

  key(event) {
    if (!this.details.open) return;
    if (event.key === "Escape") {
      this.close();
      this.details.querySelector("summary").focus();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.step(event);
  }

  step(event) {
    const items = [...this.details.querySelectorAll(".menu__panel a, .menu__panel button")];
    const here = items.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? here + 1 : here - 1;
    items.at(next % items.length)?.focus();
    event.preventDefault();
  }

  close() {
    this.details.open = false;
  }
}

customElements.define("drop-menu", DropMenu);
