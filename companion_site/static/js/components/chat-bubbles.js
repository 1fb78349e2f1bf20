// Draws a message's text as chat/bubbles.py does. Only text nodes, never markup.
import { isNarration } from "./chat-markup.js";
import { WHOLE, said } from "./chat-pacing.js";

const TAGS = { action: ["em", "action"], strong: ["strong", ""], strike: ["s", ""], code: ["code", "inline-code"], away: ["span", "away"] };
const BLOCKS = { code: ["pre", "bubble bubble--code"], quote: ["blockquote", "bubble bubble--quote"], rule: ["hr", "breath"] };

function element(tag, name, ...inside) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...inside);
  return made;
}

const node = ([kind, text]) => (TAGS[kind] ? element(...TAGS[kind], text) : document.createTextNode(text));

// The rows of one bubble, a line end between them.
const rows = (bubble) => bubble.flatMap(({ spans }, number) => [...(number ? ["\n"] : []), ...spans.map(node)]);

function items(bubble) {
  const list = element(bubble[0].mark ? "ol" : "ul", "bubble bubble--list");
  for (const { mark, spans } of bubble) {
    const item = element("li", "", ...spans.map(node));
    if (mark) item.setAttribute("value", mark);
    list.append(item);
  }
  return list;
}

function drawn(bubble, narrates) {
  const [{ block, spans }] = bubble;
  if (block === "rule") return element("hr", "breath");
  const name = narrates && isNarration(bubble[0]) ? "narration" : "bubble";
  let made;
  if (block === "item") made = items(bubble);
  else if (block === "code") made = element(...BLOCKS.code, element("code", "", spans[0][1]));
  else made = element(...(BLOCKS[block] ?? ["p", name]), ...rows(bubble));
  made.dir = block === "code" ? "ltr" : "auto";
  return made;
}

// Redraws only the bubbles that changed, so that a growing reply neither flickers nor starts its entrance anew.
export function show(container, bubbles, { narrates = true } = {}) {
  bubbles.forEach((bubble, place) => {
    const wanted = drawn(bubble, narrates);
    const shown = container.children[place];
    if (!shown) container.append(wanted);
    else if (shown.tagName !== wanted.tagName) shown.replaceWith(wanted);
    else if (!shown.isEqualNode(wanted)) {
      shown.className = wanted.className;
      shown.replaceChildren(...wanted.childNodes);
    }
  });
  while (container.children.length > bubbles.length) container.lastElementChild.remove();
}

export function draw(container, text, options) {
  show(container, said(text, WHOLE), options);
}
