// <scroll-here>: brings the current item of a sideways list into view.
class ScrollHere extends HTMLElement {
  connectedCallback() {
    const here = this.querySelector("[aria-current]");
    const list = here?.closest("ol, ul, nav");
    if (list) list.scrollLeft = here.offsetLeft - list.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
  }
}

customElements.define("scroll-here", ScrollHere);
