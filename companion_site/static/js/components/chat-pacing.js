// Paces a reply as chat/pacing.py does: bubbles cut at sentence ends, each after the time a person would take.
import { parse } from "./chat-markup.js";
import { trimmed } from "./chat-spans.js";

const HAN = 5;
const OTHER = 2;
const WIDE = 0x2e80;
const SENTENCE = /(?<opens>[“「『（(\[])|(?<shuts>[”」』）)\]])|(?<quote>")|(?<han>[。！？～]+)|(?<other>[!?…]+|\.{2,})|(?<dot>\.)/g;
const SHORT = /(?:^|[^A-Za-z])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|Prof|Sr|Jr|vs|No)$/;
const LOOK = 6;
const STOPS = "。！？.!?…";
const NEXT = /^\s+(?![a-z])/;
export const WHOLE = { bubbles_most: 1, hold_seconds: 0 };

const signsOf = (text) => [...text].filter((sign) => !/\s/.test(sign));
const isWide = (sign) => sign.codePointAt(0) >= WIDE;
const weight = (text) => signsOf(text).reduce((sum, sign) => sum + (isWide(sign) ? HAN : OTHER), 0);
const weigh = (spans) => spans.reduce((sum, [, text]) => sum + weight(text), 0);

function ends({ groups, index, 0: { length } }, text) {
  const before = text.slice(Math.max(0, index - LOOK), index);
  const after = text.slice(index + length);
  const next = after[0] ?? "";
  if (groups.opens !== undefined || (next && "”」』）)]".includes(next))) return false;
  if (groups.han !== undefined) return !next || !STOPS.includes(next);
  if (groups.dot !== undefined) return (!next || NEXT.test(after)) && !SHORT.test(before);
  if (groups.other !== undefined) return !next || NEXT.test(after) || isWide(next);
  return before !== "" && STOPS.includes(before.at(-1)) && NEXT.test(after);
}

function* sentences(spans) {
  let depth = 0;
  let isQuoted = false;
  for (const [kind, text] of spans) {
    let begin = 0;
    for (const mark of kind === "speech" ? text.matchAll(SENTENCE) : []) {
      depth = Math.max(0, depth + (mark.groups.opens !== undefined) - (mark.groups.shuts !== undefined));
      isQuoted = isQuoted !== (mark.groups.quote !== undefined);
      const end = mark.index + mark[0].length;
      if (depth || isQuoted || !ends(mark, text)) continue;
      yield [[kind, text.slice(begin, end)], true];
      begin = end;
    }
    if (begin < text.length) yield [[kind, text.slice(begin)], false];
  }
}

// While a reply grows, a last piece that is still too light waits unseen instead of hanging on the one before.
function pieces({ block, mark, spans }, room, least, isGrowing) {
  if (block !== "say" || room < 1) return [{ block, mark, spans }];
  const found = [[]];
  for (const [span, isEnd] of sentences(spans)) {
    found.at(-1).push(span);
    if (isEnd && found.length <= room && weigh(found.at(-1)) >= least) found.push([]);
  }
  if (found.length > 1 && weigh(found.at(-1)) < least) {
    const rest = found.pop();
    if (!isGrowing) found.at(-1).push(...rest);
  }
  return found.map((piece) => ({ block, mark, spans: trimmed(piece) }));
}

const belongs = (line, last) => ["item", "quote", "row"].includes(line.block) && line.block === last.block && !line.mark === !last.mark;

function split(lines, pace, soFar, isGrowing) {
  const made = [];
  lines.forEach((line, number) => {
    const room = pace.bubbles_most - soFar - made.length - 1;
    if (made.length && belongs(line, made.at(-1).at(-1))) made.at(-1).push(line);
    else made.push(...pieces(line, room, pace.bubble_least * HAN, isGrowing && number === lines.length - 1).map((piece) => [piece]));
  });
  return made;
}

// Returns the bubbles of a text: lists of lines. The first `lead` characters, a reflex, stand alone where the pace cuts at all.
export function said(text, pace = WHOLE, { lead = 0, isGrowing = false } = {}) {
  const first = pace.bubbles_most > 1 && lead ? split(parse(text.slice(0, lead)), pace, 0, false) : [];
  const rest = first.length ? text.slice(lead) : text;
  return [...first, ...split(parse(rest), pace, first.length, isGrowing)];
}

export function reading(text, pace) {
  return Math.min(pace.read_most, Math.max(pace.read_least, (weight(text) / HAN) * pace.read_seconds));
}

export function typing(bubble, pace) {
  const signs = signsOf(bubble.map(({ spans }) => spans.map(([, text]) => text).join("")).join(""));
  const wide = signs.filter(isWide).length;
  return wide / pace.han_per_second + (signs.length - wide) / pace.latin_per_second;
}

// Returns the milliseconds before each bubble of a reply that is here already; together they fit `hold` seconds.
export function plan(bubbles, pace, { fanText = "", isCaught = false, isBegun = false, hold = pace.hold_seconds } = {}) {
  if (!pace.hold_seconds) return bubbles.map(() => 0);
  const waits = bubbles.map((bubble) => pace.pause_seconds + typing(bubble, pace));
  if (waits.length && !isBegun) waits[0] = isCaught ? 0 : reading(fanText, pace) + typing(bubbles[0], pace);
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  const share = total ? Math.min(1, hold / total) : 1;
  return waits.map((wait) => Math.floor(wait * share * 1000));
}
