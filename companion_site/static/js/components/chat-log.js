// <chat-log>: stays at the newest words while the reader is there; offers the way back where the reader is not.
const NEAR = 80;

class ChatLog extends HTMLElement {
  connectedCallback() {
    this.scroller = this.querySelector("[data-scroller]");
    this.log = this.querySelector("[role=log]");
    this.button = this.querySelector("[data-to-end]");
    this.isAtEnd = true;
    this.scroller.addEventListener("scroll", () => this.look(), { passive: true });
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) this.scroller.addEventListener(name, () => (this.held = undefined), { passive: true });
    this.button.addEventListener("click", () => this.toEnd("smooth"));
    this.watcher = new MutationObserver((changes) => this.changed(changes));
    this.watcher.observe(this.log, { childList: true, subtree: true, characterData: true });
    this.onSent = () => this.sent();
    document.addEventListener("chat:sent", this.onSent);
    this.addEventListener("htmx:beforeSwap", (event) => this.guard(event));
    this.addEventListener("htmx:afterSwap", (event) => this.swapped(event));
    this.addEventListener("click", (event) => this.closeEdit(event));
    // `toggle` does not bubble. What a message's tools unfold is brought above the composer.
    this.addEventListener("toggle", ({ target }) => target.open && target.matches(".tree") && target.lastElementChild.scrollIntoView({ block: "nearest" }), true);
    if (!location.hash.startsWith("#m-")) this.toEnd();
  }

  disconnectedCallback() {
    this.watcher.disconnect();
    document.removeEventListener("chat:sent", this.onSent);
  }

  // The scroller is reversed: 0 is the end, and above it the numbers are negative.
  look() {
    this.isAtEnd = Math.abs(this.scroller.scrollTop) < NEAR;
    if (this.isAtEnd) this.button.hidden = true;
  }

  toEnd(behavior = "instant") {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ top: 0, behavior: isCalm ? "instant" : behavior });
    this.held = undefined;
    this.isAtEnd = true;
    this.button.hidden = true;
  }

  changed(changes) {
    this.tidyDays();
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    this.held = added.find((node) => node.querySelector?.(".care")) ?? this.held;
    // Help comes first: it stays in sight while the reply grows below, until the reader moves.
    if (this.held) {
      this.held.scrollIntoView({ block: "start" });
      this.button.hidden = false;
      return;
    }
    const isNew = changes.some(({ target }) => target.closest?.("chat-stream, [role=log]"));
    if (this.isAtEnd) this.toEnd();
    else if (isNew && this.log.querySelector("chat-stream")) this.button.hidden = false;
  }

  // Pieces that arrive later bring their own day; one of each is enough.
  tidyDays() {
    const seen = new Set();
    for (const day of this.log.querySelectorAll(".log__day")) {
      if (seen.has(day.dataset.day)) day.remove();
      seen.add(day.dataset.day);
    }
  }

  // What was the newest reply is not any more: its tools go behind the dots.
  sent() {
    for (const details of this.log.querySelectorAll(".tools__more[open]")) details.open = false;
    this.toEnd();
  }

  // A broken server's page must not stand among what was said; a problem of ours goes to #problems by itself.
  guard({ detail }) {
    if (this.contains(detail.target) && detail.isError) detail.shouldSwap = false;
    // One form at a time under a message: asking for the next takes the last one away.
    else if (detail.target.matches(".msg")) detail.target.querySelector("form.edit")?.remove();
  }

  swapped({ target }) {
    if (target.matches(".why-fold__panel")) {
      // What was opened is read from its beginning, not from the end of the log.
      this.isAtEnd = false;
      target.scrollIntoView({ block: "start" });
    }
    this.keepFocus();
  }

  // The button that was pressed is gone with the log it stood in; the keyboard should not begin again at the top.
  keepFocus() {
    if (document.activeElement === document.body) this.log.focus({ preventScroll: true });
  }

  closeEdit(event) {
    const leave = event.target.closest("[data-close-edit]");
    const form = leave?.closest("form");
    if (!form) return;
    event.preventDefault();
    form.remove();
  }
}

customElements.define("chat-log", ChatLog);
