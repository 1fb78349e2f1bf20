// The small lines around a reply that is being written: the queue, the connection, a memory, a problem.
const BACK_MS = 4000;

export class Marks {
  constructor(stream) {
    this.stream = stream;
  }

  set(name, isOn, words) {
    const element = this.stream.querySelector(`[data-${name}]`);
    element.hidden = !isOn;
    if (words !== undefined) element.querySelector("span").textContent = words;
  }

  // "You are 3rd in line", in the reader's language: the page brings the words of each plural form.
  queued(position) {
    const { dataset } = this.stream.querySelector("[data-queued]");
    const form = new Intl.PluralRules(document.documentElement.lang, { type: "ordinal" }).select(position);
    const words = position > 1 ? (dataset[form] ?? dataset.other) : dataset.next;
    this.set("queued", true, words.replace("{n}", position));
  }

  connection(isLost) {
    if (isLost) this.set("queued", false);
    this.set("lost", isLost);
    this.set("back", this.wasLost && !isLost);
    if (this.wasLost && !isLost) setTimeout(() => this.set("back", false), BACK_MS);
    this.wasLost = isLost;
  }
}
