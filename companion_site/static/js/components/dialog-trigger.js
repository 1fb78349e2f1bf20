// <dialog-trigger data-dialog="id"><a href="/page/">…</a></dialog-trigger>: opens the <dialog> instead of following the link.
class DialogTrigger extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const dialog = document.getElementById(this.dataset.dialog);
      if (!dialog || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      dialog.showModal();
    });
  }
}

customElements.define("dialog-trigger", DialogTrigger);

document.addEventListener("click", (event) => {
  const close = event.target.closest("dialog [data-close]");
  if (close) close.closest("dialog").close();
  if (event.target.matches("dialog.dialog")) event.target.close();
});
