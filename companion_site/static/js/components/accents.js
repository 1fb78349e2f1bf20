// Gives every [data-accent] its colour where CSS cannot read an attribute as a colour.
// CSSOM is allowed by the strict policy; a style attribute is not.
const readsAttributes = CSS.supports("color", "attr(data-accent type(<color>), red)");
const colour = /^#[0-9a-f]{6}$/i;

function paint(element) {
  const accent = element.dataset.accent;
  if (colour.test(accent)) element.style.setProperty("--accent", accent);
}

function paintAll(root) {
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  if (root.matches("[data-accent]")) paint(root);
  root.querySelectorAll("[data-accent]").forEach(paint);
}

if (!readsAttributes) {
  paintAll(document.documentElement);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") paint(change.target);
      change.addedNodes.forEach(paintAll);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-accent"] });
}
