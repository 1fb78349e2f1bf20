// Lets a reply appear as a person would send it: read, type, bubble after bubble. One timer at most, none while nobody looks.
import { plan, reading, said, typing } from "./chat-pacing.js";

const SENTENCES = { bubble_least: 1, bubbles_most: Infinity };

export class Pacer {
  // `seen` bubbles stand there already; `age` is how many milliseconds ago the fan spoke.
  constructor(pace, { seen = 0, age = 0, fanText = "", isAtOnce = false, onShow, onTyping, onAll }) {
    Object.assign(this, { pace, fanText, onShow, onTyping, onAll, shown: seen });
    this.isAtOnce = isAtOnce || !pace.hold_seconds;
    this.isFirst = !seen;
    this.last = performance.now() - age;
    this.text = "";
    this.lead = 0;
  }

  say(text, { isCaught = false } = {}) {
    if (!text.startsWith(this.text.slice(0, this.lead))) this.lead = 0;
    this.text = text;
    if (isCaught) this.lead = text.length;
    this.go();
  }

  // What was there before this reply goes on is not said once more.
  resume(text) {
    this.say(text);
    this.shown = Math.max(this.shown, this.bubbles().length);
    this.isFirst = this.isFirst && !text;
    this.go();
  }

  end() {
    this.endedAt = performance.now();
    this.go();
  }

  // Whoever taps or presses a key has waited long enough.
  hurry() {
    this.isHurried = true;
    this.go();
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  get hasEnded() {
    return this.endedAt !== undefined;
  }

  bubbles(pace = this.pace) {
    return said(this.text, pace, { lead: this.lead, isGrowing: !this.hasEnded });
  }

  // How many bubbles will not change any more.
  complete(bubbles) {
    if (this.hasEnded) return bubbles.length;
    return this.lead && this.lead === this.text.length ? bubbles.length : Math.max(0, bubbles.length - 1);
  }

  go() {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    const bubbles = this.bubbles();
    const ready = this.complete(bubbles);
    if (this.isAtOnce || this.isHurried) return this.flow(bubbles);
    if (document.hidden) this.shown = Math.max(this.shown, ready);
    const now = performance.now();
    while (this.shown < ready && this.due(bubbles, now) <= now) this.step(now);
    this.shown = Math.min(this.shown, bubbles.length);
    this.onShow(bubbles.slice(0, this.shown), this.shown);
    if (this.hasEnded && this.shown === ready) return this.onAll();
    this.wait(bubbles, ready, now);
  }

  // Words as they come; the ear gets whole sentences.
  flow(bubbles) {
    const sentences = this.bubbles({ ...this.pace, ...SENTENCES });
    this.onShow(bubbles, this.complete(sentences), sentences);
    this.onTyping(!this.hasEnded);
    if (this.hasEnded) this.onAll();
  }

  step(now) {
    this.shown += 1;
    this.isFirst = false;
    this.last = now;
  }

  // Nobody reads before they reach out: a reflex comes at once.
  due(bubbles, now) {
    const next = bubbles[this.shown];
    if (this.isFirst && this.lead) return now;
    const natural = this.last + 1000 * (this.before() + typing(next, this.pace));
    if (!this.hasEnded) return natural;
    const from = Math.max(this.last, this.endedAt);
    const hold = Math.max(0, this.pace.hold_seconds - (from - this.endedAt) / 1000);
    const [share] = plan(bubbles.slice(this.shown), this.pace, { fanText: this.fanText, isBegun: !this.isFirst, hold });
    return Math.min(natural, from + share);
  }

  before() {
    return this.isFirst ? reading(this.fanText, this.pace) : this.pace.pause_seconds;
  }

  wait(bubbles, ready, now) {
    const due = this.shown < ready ? this.due(bubbles, now) : Infinity;
    const begins = Math.min(this.last + 1000 * this.before(), due - 1);
    this.onTyping(now >= begins);
    const next = now >= begins ? due : begins;
    if (next < Infinity && !document.hidden) this.timer = setTimeout(() => this.go(), Math.max(1, next - now));
  }
}
