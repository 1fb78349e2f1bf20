// <toast-note class="toast">: a message that can be sent away; good news leaves by itself.
class ToastNote extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-dismiss]")?.addEventListener("click", () => this.remove());
    if (!/error|warning/.test(this.dataset.level ?? "")) this.leaveLater();
  }

  leaveLater() {
    const leave = () => {
      if (this.matches(":hover, :focus-within")) this.timer = setTimeout(leave, 2000);
      else this.remove();
    };
    this.timer = setTimeout(leave, 8000);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }
}

customElements.define("toast-note", ToastNote);

// <problem-note>: the same for problems, which stay until they are read.
class ProblemNote extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-dismiss]")?.addEventListener("click", () => this.remove());
  }
}

customElements.define("problem-note", ProblemNote);
