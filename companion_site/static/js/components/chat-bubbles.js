// Draws a message's text as chat/bubbles.py does: the same rules, the same table of cases. Only text nodes, never markup.
const MARKS =
  /\*\*(?=[^\s*])(?<strong>[^*\n]*[^\s*])\*\*|(?<![A-Za-z0-9*])\*(?=[^\s*])(?:(?<action>[^*\n]*[^\s*])\*(?!\*)|(?<long>[^*]*[^\s*])\*(?=[ \t]*(?:\n|$))|(?<open>[^*\n]+)(?=\n|$))/g;
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

function* spans(text) {
  let end = 0;
  for (const mark of text.matchAll(MARKS)) {
    if (mark.index > end) yield ["speech", text.slice(end, mark.index)];
    const { strong, action, long, open } = mark.groups;
    yield strong === undefined ? ["action", action ?? long ?? open] : ["strong", strong];
    end = mark.index + mark[0].length;
  }
  if (end < text.length) yield ["speech", text.slice(end)];
}

function trimmed(row) {
  const line = row.filter(([, text]) => text);
  while (line.length && !line[0][1].trim()) line.shift();
  while (line.length && !line.at(-1)[1].trim()) line.pop();
  if (!line.length) return line;
  line[0] = [line[0][0], line[0][1].trimStart()];
  line[line.length - 1] = [line.at(-1)[0], line.at(-1)[1].trimEnd()];
  const silent = line.every(([kind, text]) => kind === "action" || !text.trim());
  return silent ? line.map(([, text]) => ["action", text]) : line;
}

// Returns [[[kind, text], …], …]: lines of spans.
export function parse(text) {
  const lines = [];
  const clean = text.replace(/\r\n?/g, "\n").replace(UNSEEN, "");
  for (const part of clean.split(/\n[ \t]*\n/)) {
    const rows = [[]];
    for (const [kind, words] of spans(part.trim())) {
      words.split("\n").forEach((piece, number) => {
        if (number) rows.push([]);
        rows.at(-1).push([kind, piece]);
      });
    }
    lines.push(...rows.map(trimmed).filter((line) => line.length));
  }
  return lines;
}

function node([kind, text]) {
  if (kind === "speech") return document.createTextNode(text);
  const element = document.createElement(kind === "action" ? "em" : "strong");
  if (kind === "action") element.className = "action";
  element.textContent = text;
  return element;
}

function paragraph(line, narrates) {
  const element = document.createElement("p");
  const silent = line.every(([kind]) => kind === "action");
  element.className = narrates && silent ? "narration" : "bubble";
  element.dir = "auto";
  element.append(...line.map(node));
  return element;
}

// Redraws only the lines that changed, so that a growing reply neither flickers nor starts its entrance anew.
export function draw(container, text, { narrates = true } = {}) {
  const wanted = parse(text).map((line) => paragraph(line, narrates));
  wanted.forEach((element, place) => {
    const shown = container.children[place];
    if (!shown) container.append(element);
    else if (!shown.isEqualNode(element)) {
      shown.className = element.className;
      shown.replaceChildren(...element.childNodes);
    }
  });
  while (container.children.length > wanted.length) container.lastElementChild.remove();
}
