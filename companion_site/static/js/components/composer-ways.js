// The ways of <chat-composer> besides speaking: a stage direction, and a line drafted for the fan.
export class Ways {
  constructor(composer) {
    this.composer = composer;
    this.field = composer.field;
    this.spoken = this.field.placeholder;
    composer.addEventListener("click", (event) => this.chosen(event));
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.drafting?.abort());
  }

  get isDirecting() {
    return this.composer.dataset.mode === "direct";
  }

  chosen(event) {
    const way = event.target.closest("[data-way]")?.dataset.way;
    if (!way) return;
    event.preventDefault();
    this.composer.querySelector("details").open = false;
    if (way === "draft") this.draft();
    else this.play(way);
    this.field.focus();
  }

  // Escape leaves what one is in: the waiting for a line, then the stage direction.
  key(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    if (this.drafting) this.drafting.abort();
    else if (this.isDirecting) this.play("say");
  }

  play(way) {
    this.drafting?.abort();
    this.composer.dataset.mode = way;
    this.field.placeholder = this.isDirecting ? this.field.dataset.whatHappens : this.spoken;
    for (const button of this.composer.querySelectorAll("[data-way][aria-pressed]"))
      button.setAttribute("aria-pressed", String(button.dataset.way === way));
    if (this.isDirecting) this.field.setAttribute("aria-labelledby", "composer-mode");
    else this.field.removeAttribute("aria-labelledby");
  }

  async draft() {
    if (this.drafting) return; // a second click asks for the same line
    if (this.composer.dataset.running === "yes" || this.composer.sending) {
      this.composer.nudge();
      return;
    }
    this.play("say");
    const asked = (this.drafting = new AbortController());
    this.wait(true);
    try {
      const text = await this.ask(asked.signal);
      this.drafting = undefined;
      this.put(text);
    } catch (error) {
      if (!asked.signal.aborted) this.failed(error);
    } finally {
      if (this.drafting === asked) this.drafting = undefined;
      this.wait(false);
    }
  }

  async ask(signal) {
    const headers = { Accept: "application/json", "X-CSRFToken": this.composer.form.elements.csrfmiddlewaretoken.value };
    const response = await fetch(this.composer.dataset.suggest, { method: "POST", headers, signal });
    const told = await response.json();
    if (!response.ok) throw Object.assign(new Error(told.title), { told });
    return told.text;
  }

  // As if it were typed, so that the browser's own undo brings back what stood there.
  put(text) {
    this.field.focus();
    this.field.select();
    if (!document.execCommand("insertText", false, text)) this.field.setRangeText(text, 0, this.field.value.length, "end");
    this.composer.changed();
  }

  wait(isWaiting) {
    this.composer.toggleAttribute("data-drafting", isWaiting);
    this.field.toggleAttribute("aria-busy", isWaiting);
    if (isWaiting) this.field.setAttribute("aria-busy", "true");
  }

  failed({ told }) {
    const note = this.composer.querySelector("template[data-offline]").content.cloneNode(true);
    if (told) {
      note.querySelector(".problem__title").textContent = told.title;
      note.querySelector(".problem__detail").textContent = told.detail;
    }
    document.querySelector("#problems").replaceChildren(note);
  }
}
