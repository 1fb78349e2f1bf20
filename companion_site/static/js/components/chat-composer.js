// <chat-composer><form hx-post=…>: sends a message once, keeps the draft, shows it at once, and gives it back when it could not be sent.
import { draw } from "./chat-bubbles.js";
import { Ways } from "./composer-ways.js";

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return crypto.randomUUID?.() ?? Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class ChatComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.field = this.form.elements.text;
    this.ways = new Ways(this);
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.changed());
    this.form.noValidate = true;
    this.form.addEventListener("htmx:configRequest", (event) => this.name(event.detail));
    this.form.addEventListener("htmx:beforeRequest", (event) => this.before(event));
    this.form.addEventListener("htmx:afterRequest", (event) => this.after(event.detail));
    this.onRunning = () => this.run(true);
    this.onIdle = () => this.run(false);
    document.addEventListener("chat:running", this.onRunning);
    document.addEventListener("chat:idle", this.onIdle);
    if (!this.field.value) this.field.value = sessionStorage.getItem(this.dataset.draft) ?? "";
    // A page from the browser's history brings an old id: what is sent from it is a new message.
    this.form.elements.client_id.value = newId();
    this.run(Boolean(document.querySelector("chat-stream")));
    this.grow();
    if (matchMedia("(hover: hover)").matches && !location.hash) this.field.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    document.removeEventListener("chat:running", this.onRunning);
    document.removeEventListener("chat:idle", this.onIdle);
  }

  run(isRunning) {
    this.dataset.running = isRunning ? "yes" : "no";
  }

  key(event) {
    // 229 and isComposing: Enter that picks a word in an input method is not Enter.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.field.value.trim()) return;
    if (this.dataset.running === "yes" || this.sending) this.nudge();
    else this.form.requestSubmit();
  }

  nudge() {
    this.dataset.nudge = "";
    setTimeout(() => delete this.dataset.nudge, 600);
  }

  changed() {
    sessionStorage.setItem(this.dataset.draft, this.field.value);
    this.grow();
  }

  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }

  // Other words under the id of an attempt that may have arrived would be taken for those.
  name(detail) {
    const { parameters } = detail;
    if (this.ways.isDirecting) detail.path = this.dataset.direct;
    if (this.failed === undefined || this.failed === this.field.value || this.sending) return;
    this.form.elements.client_id.value = parameters.client_id = newId();
  }

  before(event) {
    const isEmpty = !this.field.value.trim();
    if (isEmpty || this.sending || this.dataset.running === "yes") {
      event.preventDefault();
      if (!isEmpty) this.nudge();
      return;
    }
    this.sending = this.field.value;
    this.showPending(this.sending);
    this.field.value = "";
    this.grow();
    document.dispatchEvent(new CustomEvent("chat:sent"));
  }

  showPending(text) {
    const piece = (name) => this.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
    this.pending = [piece(this.ways.isDirecting ? "direction" : "fan"), piece("typing")];
    const words = this.pending[0].querySelector(".msg__words");
    if (this.ways.isDirecting) words.textContent = text;
    else draw(words, text, { narrates: false });
    document.querySelector("#log").append(...this.pending);
  }

  after({ successful, xhr }) {
    if (this.sending === undefined) return;
    const text = this.sending;
    this.sending = undefined;
    this.pending.forEach((element) => element.remove());
    if (successful) {
      this.failed = undefined;
      this.ways.play("say");
      this.form.elements.client_id.value = newId();
      sessionStorage.setItem(this.dataset.draft, this.field.value);
      return;
    }
    this.failed = text;
    this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
    this.changed();
    if (!xhr.status) document.querySelector("#problems").replaceChildren(this.querySelector("template[data-offline]").content.cloneNode(true));
    if (xhr.status === 409) document.dispatchEvent(new CustomEvent("chat:check"));
  }
}

customElements.define("chat-composer", ChatComposer);
