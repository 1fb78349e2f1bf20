// <auto-submit><form>…: sends the form when a select, checkbox or radio in it changes; the button stays for those without script.
class AutoSubmit extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => {
      if (event.target.matches("select, input[type=checkbox], input[type=radio]")) event.target.form.requestSubmit();
    });
  }
}

customElements.define("auto-submit", AutoSubmit);
