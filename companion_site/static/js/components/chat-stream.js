// <chat-stream data-src data-message data-pace data-age>: shows a reply while it is spoken, then puts the finished message in its place.
import { show } from "./chat-bubbles.js";
import { follow } from "./chat-events.js";
import { Marks } from "./chat-marks.js";
import { Pacer } from "./chat-pacer.js";

class ChatStream extends HTMLElement {
  connectedCallback() {
    this.words = this.querySelector("[data-words]");
    this.marks = new Marks(this);
    this.text = "";
    this.leaving = new AbortController();
    this.pacer = this.paced();
    this.heard = this.words.children.length;
    // The ear gets what is whole, from a line of its own; what grows is for the eye.
    this.words.setAttribute("aria-busy", "true");
    this.closest("article").removeAttribute("aria-busy");
    const { signal } = this.leaving;
    document.addEventListener("visibilitychange", () => this.pacer.go(), { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    this.closest("[role=log]")?.addEventListener("click", () => this.pacer.hurry(), { signal });
    this.announce("chat:running");
    this.pacer.go();
    this.listen();
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.pacer.stop();
    clearTimeout(this.timer);
    // When the log was exchanged, another reply may already be running in it.
    if (!document.querySelector("chat-stream")) this.announce("chat:idle");
  }

  paced() {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const fan = [...document.querySelectorAll("#log .msg--fan .msg__words")].at(-1);
    return new Pacer(JSON.parse(this.dataset.pace), {
      seen: this.words.children.length,
      age: 1000 * Number(this.dataset.age),
      fanText: fan?.textContent ?? "",
      isAtOnce: isCalm || this.closest("[data-reads=at_once]") !== null,
      onShow: (bubbles, whole, sentences = bubbles) => this.draw(bubbles, whole, sentences),
      onTyping: (isTyping) => (this.querySelector("[data-typing]").hidden = !isTyping),
      onAll: () => this.finish(),
    });
  }

  // Typing the next message is no impatience; Enter and Escape are.
  key({ key, target, isComposing }) {
    const isWriting = target.matches?.("input, textarea, select");
    if (!isComposing && (["Enter", "Escape"].includes(key) || !isWriting)) this.pacer.hurry();
  }

  announce(name, detail = {}) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async listen() {
    const onState = (state) => this.marks.connection(state === "lost");
    for await (const event of follow(this.dataset.src, { signal: this.leaving.signal, onState })) {
      if (event.name !== "queued") this.marks.set("queued", false);
      this.take(event.name, event.data);
    }
    if (this.leaving.signal.aborted) return;
    // No feeling in this exchange: the last one's face does not stay.
    if (!this.hasFace) this.show("neutral");
    this.pacer.end();
  }

  take(name, data) {
    if (name === "delta") this.say(this.text + data.t, { isCaught: data.now === true });
    if (name === "replaced" || (name === "done" && data.text)) this.say(data.text);
    if (name === "start") this.begin(data.text);
    if (name === "queued") this.marks.queued(data.position);
    if (name === "mood") this.show(data.expression);
    if (name === "memory") this.marks.set("hint", true, data.hint);
    if (name === "problem") this.marks.set("problem", true, data.title);
  }

  begin(text) {
    this.text = text;
    this.pacer.resume(text);
  }

  say(text, options) {
    this.text = text;
    this.pacer.say(text, options);
  }

  draw(bubbles, whole, sentences) {
    show(this.words, bubbles);
    for (; this.heard < whole; this.heard += 1) {
      const line = document.createElement("p");
      line.textContent = sentences[this.heard].map(({ spans }) => spans.map(([, text]) => text).join("")).join("\n");
      this.querySelector("[data-heard]").append(line);
    }
  }

  show(expression) {
    this.hasFace = true;
    this.announce("chat:mood", { expression });
  }

  async finish(attempt = 0) {
    if (this.dataset.state === "ended" && !attempt) return;
    this.dataset.state = "ended";
    // The finished message has been heard already.
    const log = this.closest("[role=log]");
    log.setAttribute("aria-live", "off");
    const target = this.closest("article");
    await window.htmx.ajax("GET", this.dataset.message, { target, swap: "outerHTML" }).catch(() => {});
    setTimeout(() => log.setAttribute("aria-live", "polite"), 1000);
    // A lost connection leaves the element where it is: try again, a little later each time.
    if (this.isConnected) this.timer = setTimeout(() => this.finish(attempt + 1), Math.min(8000, 500 * 2 ** attempt));
  }
}

customElements.define("chat-stream", ChatStream);
