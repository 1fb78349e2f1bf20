// <chat-stream data-src data-message data-pace>: shows a reply while it is spoken, then puts the finished message in its place.
import { draw } from "./chat-bubbles.js";
import { follow } from "./chat-events.js";

const SENTENCE = /[。！？!?…~～]+[”’」』）)*"]*|[.](?=[\s*"”’)]|$)[*"”’)]*|\n+/g;
// From this pace on a reply comes sentence by sentence, for those who read slowly.
const CALM = 1.3;

class ChatStream extends HTMLElement {
  connectedCallback() {
    this.words = this.querySelector("[data-words]");
    this.text = "";
    this.shown = 0;
    this.pace = Number(this.dataset.pace) || 1;
    this.leaving = new AbortController();
    this.announce("chat:running");
    this.listen();
  }

  disconnectedCallback() {
    this.leaving.abort();
    clearTimeout(this.timer);
    // When the log was exchanged, another reply may already be running in it.
    if (!document.querySelector("chat-stream")) this.announce("chat:idle");
  }

  announce(name, detail = {}) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async listen() {
    const onState = (state) => this.mark("lost", state === "lost");
    for await (const event of follow(this.dataset.src, { signal: this.leaving.signal, onState })) {
      this.mark("queued", event.name === "queued");
      this.take(event.name, event.data);
    }
    if (this.leaving.signal.aborted) return;
    // No feeling in this exchange: the last one's face does not stay.
    if (!this.hasFace) this.show("neutral");
    this.hasEnded = true;
    this.reveal();
  }

  take(name, data) {
    if (name === "delta") this.say(this.text + data.t);
    if (name === "start" || name === "replaced" || (name === "done" && data.text)) this.say(data.text);
    if (name === "mood") this.show(data.expression);
    if (name === "memory") this.mark("hint", true, data.hint);
    if (name === "problem") this.mark("problem", true, data.title);
  }

  show(expression) {
    this.hasFace = true;
    this.announce("chat:mood", { expression });
  }

  // Shows or hides one of the small lines around the reply.
  mark(name, isOn, words) {
    const element = this.querySelector(`[data-${name}]`);
    element.hidden = !isOn;
    if (words !== undefined) element.querySelector("span").textContent = words;
  }

  say(text) {
    this.text = text;
    this.shown = Math.min(this.shown, text.length);
    this.reveal();
  }

  // Lets the text appear: at once, or a sentence at a time where the scene is calm and somebody is looking.
  reveal() {
    if (this.timer || this.leaving.signal.aborted) return;
    const isCalm = this.pace >= CALM && !document.hidden;
    const before = this.shown;
    this.shown = isCalm ? this.nextStop() : this.text.length;
    draw(this.words, this.text.slice(0, this.shown));
    const isAll = this.shown === this.text.length;
    if (isAll && this.hasEnded) this.finish();
    else if (isCalm && this.shown > before) this.later(Math.min(2600, 300 + 34 * (this.shown - before) * (this.pace - 1)));
  }

  later(milliseconds) {
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.reveal();
    }, milliseconds);
  }

  nextStop() {
    SENTENCE.lastIndex = this.shown;
    const found = SENTENCE.exec(this.text);
    if (found) return found.index + found[0].length;
    return this.hasEnded ? this.text.length : this.shown;
  }

  async finish(attempt = 0) {
    this.dataset.state = "ended";
    const target = this.closest("article");
    await window.htmx.ajax("GET", this.dataset.message, { target, swap: "outerHTML" }).catch(() => {});
    // A lost connection leaves the element where it is: try again, a little later each time.
    if (this.isConnected) this.timer = setTimeout(() => this.finish(attempt + 1), Math.min(8000, 500 * 2 ** attempt));
  }
}

customElements.define("chat-stream", ChatStream);
