// <row-list data-prefix><… class="rows__row">…<button data-add>: one more row of a Django formset.
class RowList extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-add]")?.addEventListener("click", () => this.add());
  }

  add() {
    const prefix = this.dataset.prefix;
    const total = this.closest("form").elements[`${prefix}-TOTAL_FORMS`];
    const number = Number(total.value);
    const last = [...this.querySelectorAll(".rows__row")].at(-1);
    const row = last.cloneNode(true);
    const rename = (value) => value.replace(new RegExp(`${prefix}-\\d+-`, "g"), `${prefix}-${number}-`);
    row.querySelectorAll("[name], [id], [for], [aria-describedby]").forEach((element) => {
      ["name", "id", "for", "aria-describedby"].forEach((attribute) => {
        if (element.hasAttribute(attribute)) element.setAttribute(attribute, rename(element.getAttribute(attribute)));
      });
    });
    row.querySelectorAll("input[type=text], textarea").forEach((field) => { field.value = ""; });
    row.querySelectorAll(".field__count, .errorlist").forEach((element) => element.remove());
    row.querySelectorAll("[name$=-DELETE]").forEach((field) => field.closest(".field")?.remove());
    row.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+/, String(number + 1)));
    last.after(row);
    total.value = String(number + 1);
    row.querySelector("input, textarea")?.focus();
  }
}

customElements.define("row-list", RowList);
