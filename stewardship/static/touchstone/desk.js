// Keys, focus and small comforts. Whatever happens here can be done without it, by a visible button.

const OFF = "touchstone-keys-off";
const WRITABLE = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";
const root = document.documentElement;
const announcer = () => document.getElementById("announcer");
let before = ""; // the first key of two, such as g

const areOn = () => localStorage.getItem(OFF) === null;
const show = () => root.toggleAttribute("data-keys-off", !areOn());

const isVisible = (element) => element.getClientRects().length > 0;
const withKey = (key) =>
  [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key && isVisible(each));

const submits = (form) => [...form.elements].filter((each) => each.type === "submit");

// What acts on the row that has the focus.
const inRow = (key) => {
  const here = document.activeElement;
  const action = `[data-row-key="${CSS.escape(key)}"]`;
  return here?.closest(action) ?? here?.closest("tr, li, .card")?.querySelector(action);
};

const words = (element, unsaid = "kbd") => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(unsaid).forEach((each) => each.remove());
  return element.dataset.says ?? element.labels?.[0]?.textContent.trim() ?? copy.textContent.trim();
};

function line(keys, says) {
  const row = document.createElement("tr");
  const heading = document.createElement("th");
  heading.scope = "row";
  heading.append(
    ...keys.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })),
  );
  const cell = document.createElement("td");
  cell.textContent = says;
  row.append(heading, cell);
  return row;
}

function list() {
  const table = document.getElementById("keys-list");
  const visible = (selector) => [...document.querySelectorAll(selector)].filter(isVisible);
  const lines = visible("[data-key]").map((each) => line(each.dataset.key, words(each)));
  const steps = visible("[data-row]").length ? { j: table.dataset.down, k: table.dataset.up } : {};
  for (const [key, says] of Object.entries(steps)) if (!withKey(key)) lines.push(line(key, says));
  const ofRows = new Map(visible("[data-row-key]").map((each) => [each.dataset.rowKey, each]));
  ofRows.forEach((each, key) =>
    lines.push(line(key, table.dataset.inRow.replace("{text}", words(each, "kbd, .visually-hidden")))));
  table.replaceChildren(...lines);
  document.getElementById("keys-on").checked = areOn();
}

function act(element) {
  if (element.matches(WRITABLE)) element.focus();
  else if (element.matches("input[type=radio]")) element.focus();
  else element.click();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, here + by))].focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target;
  // Enter would run the first of several buttons, which may be the opposite of what one means
  if (event.key === "Enter" && target.matches?.("input") && target.form && submits(target.form).length > 1) {
    event.preventDefault();
    return;
  }
  if (target.closest?.("dialog[open]")) return;
  if (target.matches?.(WRITABLE)) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (!areOn() && event.key !== "?") return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const steps = pressed === "j" || pressed === "k";
  const found = withKey(before ? `${before} ${pressed}` : pressed) ?? (before ? null : inRow(pressed));
  if (event.repeat && (found || !steps)) return; // a held key would decide on what nobody has seen
  const starts = document.querySelector(`[data-key^="${CSS.escape(pressed)} "]`);
  before = !before && !found && starts ? pressed : "";
  if (found) {
    event.preventDefault();
    act(found);
  } else if (!before && steps && step(pressed === "j" ? 1 : -1)) {
    event.preventDefault();
  }
});

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    list();
    document.getElementById(opener.dataset.opens).showModal();
  }
  const copier = event.target.closest("[data-copies]");
  if (copier) {
    await navigator.clipboard.writeText(copier.dataset.copies);
    announcer().textContent = announcer().dataset.copied.replace("{text}", copier.dataset.copies);
    copier.classList.add("copied");
    setTimeout(() => copier.classList.remove("copied"), 1500);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "keys-on") {
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    show();
  }
  if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
});

const begin = (place) => {
  place?.setAttribute("tabindex", "-1");
  place?.focus();
};

// A page that was swapped in begins at its heading, and what it, or its task, has to tell is said.
document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.target?.id === "content" ? "content" : event.detail.elt?.id;
  if (part !== "content" && part !== "task") return;
  if (part === "content") begin(document.querySelector("#content h1"));
  const told = document.querySelector("#content .told")?.textContent.replace(/\s+/g, " ").trim();
  announcer().textContent = told ?? "";
});

// Where the part that held the focus was replaced, and the focus is lost, what came begins at its heading.
let held = false;
document.addEventListener("htmx:beforeSwap", (event) => {
  held = event.detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (held && document.activeElement === document.body) begin(part.querySelector("h1, h2, h3") ?? part);
});

// What goes on is said when it is another thing than before, in a place that no answer replaces.
document.addEventListener("htmx:afterSettle", () => {
  const stage = document.querySelector("#progress .stage")?.textContent;
  if (stage && announcer().textContent !== stage) announcer().textContent = stage;
});

// Without a script the browser shows that a request failed; here the page has to.
function complain(words) {
  document.getElementById("failed")?.remove();
  const alert = Object.assign(document.createElement("p"), { id: "failed", className: "alert alert-danger", textContent: words });
  alert.setAttribute("role", "alert");
  document.getElementById("content").prepend(alert);
  announcer().textContent = words;
}

document.addEventListener("htmx:responseError", (event) =>
  complain(announcer().dataset.refused.replace("{code}", event.detail.xhr.status)));
document.addEventListener("htmx:sendError", () => complain(announcer().dataset.unreachable));
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap) document.getElementById("failed")?.remove();
});

