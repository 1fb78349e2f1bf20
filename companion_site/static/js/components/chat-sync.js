// <chat-sync data-head data-log>: lets a second tab see what happened in the first, every few seconds while somebody looks.
const EVERY = 4000;

class ChatSync extends HTMLElement {
  connectedCallback() {
    this.onLook = () => this.look();
    document.addEventListener("visibilitychange", this.onLook);
    document.addEventListener("chat:check", this.onLook);
    window.addEventListener("pageshow", this.onLook);
    this.timer = setInterval(this.onLook, EVERY);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onLook);
    document.removeEventListener("chat:check", this.onLook);
    window.removeEventListener("pageshow", this.onLook);
    clearInterval(this.timer);
  }

  // What this tab shows as the newest message of the branch.
  here() {
    return [...document.querySelectorAll("#log article[data-at]")].at(-1)?.dataset.at ?? "";
  }

  // A reply streaming here, a message on its way, or words being changed in the log: leave the log alone.
  isBusy() {
    return Boolean(document.querySelector("#log chat-stream, #log [data-status=sending], #log form.edit, #log .htmx-request"));
  }

  async look() {
    if (document.hidden || this.asking || this.isBusy()) return;
    this.asking = true;
    try {
      const response = await fetch(this.dataset.head, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (response.ok) this.compare(await response.json());
    } catch (error) {
      // Offline: the next look will tell.
      if (!(error instanceof TypeError)) throw error;
    } finally {
      this.asking = false;
    }
  }

  compare({ head, running, memories }) {
    if (memories !== undefined) {
      for (const count of document.querySelectorAll("[data-memories]")) count.textContent = memories;
    }
    const isShown = head === this.here() && (!running || document.querySelector("#log chat-stream"));
    if (!isShown && !this.isBusy()) window.htmx.ajax("GET", this.dataset.log, { target: "#log", swap: "innerHTML" });
  }
}

customElements.define("chat-sync", ChatSync);
