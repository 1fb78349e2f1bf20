// Reads a message as chat/markup.py does: the same patterns, the same table of cases. Gives text and kinds, never markup.
import { linesOf, spansOf } from "./chat-spans.js";

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const FENCE = /^ {0,3}(`{3,})[^`]*$/;
const RULE = /^[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$/;
const HEADING = /^ {0,3}#{1,6}[ \t]+(\S.*)$/;
const ITEM = /^[ \t]*(?:[-*•]|([0-9]{1,3})[.)])[ \t]+(\S.*)$/;
const QUOTE = /^ {0,3}>{1,3}[ \t]+([^\s<_].*)$/;
const ROW = /^[ \t]*\|(.*)\|[ \t]*$/;
const RULED = /^[|: \t-]*$/;

const line = (spans, block = "say", mark = "") => ({ block, mark, spans });
export const isNarration = ({ block, spans }) => block === "say" && spans.every(([kind]) => kind === "action");

// A line is {block, mark, spans: [[kind, text], …]}.
export function parse(text) {
  const rows = text.replace(/\r\n?|\u2028|\u2029/g, "\n").replace(UNSEEN, "").split("\n");
  const lines = [];
  let part = [];
  let fence = "";
  const close = () => {
    if (!fence) lines.push(...unfenced(part));
    else if (part.join("\n").replace(/^\n+|\n+$/g, "")) lines.push(line([["code", part.join("\n").replace(/^\n+|\n+$/g, "")]], "code"));
    part = [];
  };
  for (const row of rows) {
    const words = row.trim();
    const opened = !fence && FENCE.exec(row);
    const isClosed = fence && words.startsWith(fence) && !words.replace(/`/g, "");
    if (opened || isClosed) {
      close();
      fence = opened ? opened[1] : "";
    } else part.push(row);
  }
  close();
  return lines;
}

function* unfenced(rows) {
  let paragraph = [];
  let last = "";
  for (const row of rows) {
    const found = block(row, last);
    last = found?.block ?? "";
    if (!found && row.trim()) {
      paragraph.push(closed(row));
      continue;
    }
    yield* linesOf(paragraph.join("\n").trim()).map((spans) => line(spans));
    paragraph = [];
    if (found?.spans.length || found?.block === "rule") yield found;
  }
  yield* linesOf(paragraph.join("\n").trim()).map((spans) => line(spans));
}

function block(row, last) {
  if (RULE.test(row)) return line([], "rule");
  let found = HEADING.exec(row);
  if (found) return line(spansOf(found[1]).map(([kind, text]) => [kind === "speech" ? "strong" : kind, text]));
  found = ITEM.exec(row);
  if (found && closed(row) === row) return line(spansOf(found[2]), "item", found[1] ?? "");
  found = QUOTE.exec(row);
  if (found && !row.trimEnd().endsWith("<")) return line(spansOf(found[1]), "quote");
  if (last === "quote" && row.trim() === ">") return line([], "quote");
  found = ROW.exec(row);
  const cells = found && !RULED.test(row) ? found[1].split("|").map((cell) => cell.trim()).filter(Boolean) : [];
  return found && line(spansOf(cells.join(" · ")), "row");
}

function closed(row) {
  const words = row.trim();
  const isAction = words.startsWith("* ") && words.endsWith("*") && words.split("*").length === 3 && words.slice(1, -1).trim();
  return isAction ? `*${words.slice(1, -1).trim()}*` : row;
}
