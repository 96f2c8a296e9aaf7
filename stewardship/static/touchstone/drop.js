// Lets a file be dropped onto its field; without this script the field works as any other.
for (const field of document.querySelectorAll("[data-drop]")) {
  const input = field.querySelector("input[type=file]");
  const over = (event) => { event.preventDefault(); field.classList.add("over"); };
  field.addEventListener("dragenter", over);
  field.addEventListener("dragover", over);
  field.addEventListener("dragleave", () => field.classList.remove("over"));
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    field.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
