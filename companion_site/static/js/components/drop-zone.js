// <drop-zone><form><input type="file">…: a file dropped anywhere on it is chosen and sent.
class DropZone extends HTMLElement {
  connectedCallback() {
    this.addEventListener("dragover", (event) => { event.preventDefault(); this.dataset.state = "over"; });
    this.addEventListener("dragleave", (event) => { if (!this.contains(event.relatedTarget)) delete this.dataset.state; });
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      delete this.dataset.state;
      const input = this.querySelector("input[type=file]");
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.form.requestSubmit();
    });
  }
}

customElements.define("drop-zone", DropZone);
