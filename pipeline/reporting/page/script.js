"use strict";
// Without this script the page says the same: it only sorts tables and switches the theme.

const kept = {
  get() { try { return localStorage.getItem("detour-theme"); } catch { return null; } },
  set(name) { try { localStorage.setItem("detour-theme", name); } catch { /* A file may have no storage. */ } },
};

const themes = document.querySelector(".theme");
themes.hidden = false;
function show(name) {
  document.documentElement.dataset.theme = name;
  for (const input of themes.querySelectorAll("input")) input.checked = input.value === name;
}
show(["light", "dark"].includes(kept.get()) ? kept.get() : "system");
themes.addEventListener("change", (event) => { show(event.target.value); kept.set(event.target.value); });

// A cell's number where it has one, else its text; what is missing comes last in both directions.
function keyOf(row, column) {
  const cell = row.cells[column];
  if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
  const text = cell.firstChild ? cell.firstChild.textContent.trim() : "";
  return text === "" || text === "\u2013" ? null : text;
}

function order(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}

function sort(table, head, column) {
  const falling = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
  rows.sort(([a], [b]) => order(a, b, falling ? -1 : 1));
  body.append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table")) {
  if (table.tBodies[0].rows.length < 2) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
}
