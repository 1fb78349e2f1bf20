// <chat-sheet id="room">: the room as a sheet over the stage on small screens. The address opens it (#room), so Back closes it.
class ChatSheet extends HTMLElement {
  connectedCallback() {
    this.narrow = matchMedia("(max-width: 61.99rem)");
    this.onChange = () => this.update();
    this.onKey = (event) => {
      if (event.key === "Escape" && this.isOpen()) this.close();
    };
    window.addEventListener("hashchange", this.onChange);
    this.narrow.addEventListener("change", this.onChange);
    document.addEventListener("keydown", this.onKey);
    this.addEventListener("click", (event) => {
      if (!event.target.closest("a[href='#stage']")) return;
      event.preventDefault();
      this.close();
    });
    this.update();
  }

  disconnectedCallback() {
    window.removeEventListener("hashchange", this.onChange);
    this.narrow.removeEventListener("change", this.onChange);
    document.removeEventListener("keydown", this.onKey);
  }

  isOpen() {
    return this.narrow.matches && location.hash === `#${this.id}`;
  }

  close() {
    // Opened on this page: go back, so that the history does not fill with open and shut.
    if (this.wasOpened) history.back();
    else location.hash = "stage";
    this.wasOpened = false;
  }

  update() {
    const isOpen = this.isOpen();
    for (const other of this.parentElement.children) {
      if (other !== this && other.localName !== "chat-sync") other.inert = isOpen;
    }
    if (isOpen) {
      this.wasOpened = history.length > 1;
      this.focus({ preventScroll: true });
    } else if (this.contains(document.activeElement)) document.querySelector(".stage__who")?.focus();
  }
}

customElements.define("chat-sheet", ChatSheet);
