// Deciding by keyboard, and outcomes that follow the policy. Without it the form works as it is.
const typing = (target) => target.closest("input:not([type=radio]), textarea, select");

class DeskCase extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.allowed = JSON.parse(this.querySelector("script").textContent);
    this.policy = this.form.elements.policy_code;
    this.policy.addEventListener("change", () => this.narrow());
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.narrow();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
  }

  get outcomes() {
    return [...this.form.querySelectorAll("input[name=outcome]")];
  }

  narrow() {
    const allowed = this.allowed[this.policy.value] || [];
    for (const radio of this.outcomes) {
      radio.disabled = !allowed.includes(radio.value);
      if (radio.disabled) radio.checked = false;
    }
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return this.form.requestSubmit();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const open = this.outcomes.filter((radio) => !radio.disabled);
    if (/^[1-9]$/.test(event.key) && open[event.key - 1]) open[event.key - 1].click();
    else if (event.key === "r") this.form.elements.reason.focus();
    else if (event.key === "u") location.assign(this.dataset.back);
    else return;
    event.preventDefault();
  }
}

class DeskList extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
  }

  key(event) {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const links = [...this.querySelectorAll("tbody a")];
    const here = links.indexOf(document.activeElement);
    const next = links[Math.min(Math.max(here + step, 0), links.length - 1)];
    if (next) next.focus();
  }
}

customElements.define("desk-case", DeskCase);
customElements.define("desk-list", DeskList);
