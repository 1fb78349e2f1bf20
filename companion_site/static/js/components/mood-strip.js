// <mood-strip><img data-portrait>…<a data-mood>: shows a mood on the big portrait instead of opening the picture.
class MoodStrip extends HTMLElement {
  connectedCallback() {
    const portrait = this.querySelector("[data-portrait]");
    const show = (link) => {
      portrait.src = link.href;
      this.querySelectorAll("[data-mood]").forEach((other) => other.removeAttribute("aria-current"));
      link.setAttribute("aria-current", "true");
    };
    this.addEventListener("click", (event) => {
      const link = event.target.closest("[data-mood]");
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      show(link);
    });
  }
}

customElements.define("mood-strip", MoodStrip);
