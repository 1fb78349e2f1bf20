// Reads the spans of a line or paragraph as chat/markup.py does: [kind, text], never markup.
const BEFORE = "(?<![^\\s“\"'(（「『])";
const AFTER = "(?![^\\s”\"')）」』.,!?;:。，！？；：…]|[.:][A-Za-z0-9])";
const MARKS = new RegExp(
  [
    String.raw`\\(?<escaped>[*\x60~\[\]#>])`,
    String.raw`(?<ticks>\x60{1,2})(?<code>[^\x60\n]+)\k<ticks>(?!\x60)`,
    String.raw`(?<bang>!?)\[(?<label>[^\[\]\n]*)\]\((?<url>(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+"[^"\n]*")?\)`,
    String.raw`\*\*\*(?=[^\s*])(?<both>[^*\n]*[^\s*])\*\*\*`,
    String.raw`\*\*(?=[^\s*])(?<strong>[^*\n]*[^\s*])\*\*`,
    String.raw`(?<![A-Za-z0-9*])\*(?=[^\s*])(?:(?<action>[^*\n]*[^\s*])\*(?!\*)|(?<long>[^*]*[^\s*])\*(?=[ \t]*(?:\n|$))|(?<open>[^*\n]+)(?=\n|$))`,
    String.raw`${BEFORE}__(?=[^\s_])(?<heavy>[^_\n]*[^\s_])__${AFTER}`,
    String.raw`${BEFORE}_(?=[^\s_])(?<soft>[^_\n]*[^\s_])_${AFTER}`,
    String.raw`${BEFORE}~~(?=[^\s~])(?<strike>[^~\n]*[^\s~])~~${AFTER}`,
  ].join("|"),
  "g",
);
const KINDS = { escaped: "speech", code: "code", both: "strong", strong: "strong", heavy: "strong", action: "action", long: "action", open: "action", soft: "action", strike: "strike" };
const HOST = /^https?:\/\/(?:[^/?#]*@)?([^/?#:@\s]+)/i;

export const spansOf = (text) => linesOf(text.trim())[0] ?? [];

function* marked(text) {
  let end = 0;
  for (const mark of text.matchAll(MARKS)) {
    if (mark.index > end) yield ["speech", text.slice(end, mark.index)];
    end = mark.index + mark[0].length;
    const name = Object.keys(KINDS).find((key) => mark.groups[key] !== undefined);
    yield name ? [KINDS[name], mark.groups[name]] : ["away", away(mark.groups)];
  }
  if (end < text.length) yield ["speech", text.slice(end)];
}

function away({ bang, label, url }) {
  const name = bang ? "" : (HOST.exec(url)?.[1].toLowerCase() ?? "");
  const words = label.trim();
  if (!name) return words;
  return words && words !== name ? `${words} (${name})` : name;
}

// One list of spans for each line of the text.
export function linesOf(text) {
  const rows = [[]];
  for (const [kind, words] of marked(text)) words.split("\n").forEach((piece, number) => (number ? rows.push([[kind, piece]]) : rows.at(-1).push([kind, piece])));
  return rows.map(trimmed).filter((spans) => spans.length);
}

function joined(row) {
  const spans = [];
  for (const [kind, text] of row) {
    if (kind === "speech" && spans.at(-1)?.[0] === "speech") spans[spans.length - 1] = [kind, spans.at(-1)[1] + text];
    else if (text) spans.push([kind, text]);
  }
  return spans;
}

export function trimmed(row) {
  const spans = joined(row);
  while (spans.length && !spans[0][1].trim()) spans.shift();
  while (spans.length && !spans.at(-1)[1].trim()) spans.pop();
  if (!spans.length) return spans;
  spans[0] = [spans[0][0], spans[0][1].trimStart()];
  spans[spans.length - 1] = [spans.at(-1)[0], spans.at(-1)[1].trimEnd()];
  const isSilent = spans.every(([kind, text]) => kind === "action" || !text.trim());
  return isSilent ? spans.map(([, text]) => ["action", text]) : spans;
}
