// A cell of a list becomes its input at a double click or with e. Enter saves and goes down, Tab goes right, Escape goes back.

import htmx from "htmx.org";

const before = new WeakMap<HTMLElement, string>();
let following: HTMLElement | null = null;

/** Puts the input into a cell. */
export function editCell(cell: HTMLElement | null | undefined): boolean {
  const row = cell?.closest<HTMLElement>("[data-url]");
  if (!cell?.dataset.cell || !row || cell.classList.contains("is-editing")) return false;
  before.set(cell, cell.innerHTML);
  cell.classList.add("is-editing");
  void htmx.ajax("get", `${row.dataset.url}/cell/${cell.dataset.cell}`, { target: cell, swap: "innerHTML", source: cell });
  return true;
}

/** The first cell of a row that can be edited. */
export function firstCell(row: HTMLElement | null): HTMLElement | null {
  return [...(row?.querySelectorAll<HTMLElement>("td[data-cell]") ?? [])].find((cell) => cell.offsetParent) ?? null;
}

function back(cell: HTMLElement): void {
  if (!cell.classList.contains("is-editing")) return;
  const now = cell.querySelector<HTMLTemplateElement>("template[data-now]"); // as somebody else left it meanwhile
  if (now) cell.replaceChildren(now.content.cloneNode(true));
  else cell.innerHTML = before.get(cell) ?? "";
  cell.classList.remove("is-editing");
}

function below(cell: HTMLElement): HTMLElement | null {
  const row = cell.closest("tr")?.nextElementSibling;
  const name = CSS.escape(cell.dataset.cell ?? "");
  return row?.querySelector<HTMLElement>(`td[data-cell="${name}"]`) ?? null;
}

function beside(cell: HTMLElement, step: number): HTMLElement | null {
  const cells = [...(cell.closest("tr")?.querySelectorAll<HTMLElement>("td[data-cell]") ?? [])];
  return cells[cells.indexOf(cell) + step] ?? null;
}

function save(cell: HTMLElement, next: HTMLElement | null): void {
  following = next;
  cell.querySelector<HTMLFormElement>(".cell-form")?.requestSubmit();
}

const editing = (node: EventTarget | null): HTMLElement | null =>
  node instanceof Element ? node.closest<HTMLElement>("td.is-editing") : null;

function onKey(event: KeyboardEvent): void {
  const cell = editing(event.target);
  if (!cell || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    back(cell);
    cell.closest("tr")?.querySelector<HTMLElement>("a[data-title]")?.focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    save(cell, below(cell));
  } else if (event.key === "Tab") {
    const next = beside(cell, event.shiftKey ? -1 : 1);
    if (!next) return;
    event.preventDefault();
    save(cell, next);
  }
}

// A choice is made by choosing; leaving the cell saves what was typed.
function onChange(event: Event): void {
  const cell = editing(event.target);
  if (cell && (event.target as Element).matches(".cell-form > select, .cell-form input[type=checkbox]")) save(cell, null);
}

function onLeave(event: FocusEvent): void {
  const cell = editing(event.target);
  if (!cell || (event.relatedTarget instanceof Node && cell.contains(event.relatedTarget))) return;
  window.setTimeout(() => {
    if (!cell.classList.contains("is-editing") || cell.contains(document.activeElement) || !document.hasFocus()) return;
    const changed = [...cell.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select")].some((one) =>
      one instanceof HTMLSelectElement ? [...one.options].some((option) => option.selected !== option.defaultSelected) : one.value !== one.defaultValue,
    );
    if (changed) save(cell, null);
    else back(cell);
  }, 120);
}

function onSwapped(event: Event): void {
  const cell = event.target as HTMLElement;
  if (!cell.matches?.("td[data-cell]")) return;
  const input = cell.querySelector<HTMLInputElement>(".cell-form :is(input:not([type=hidden]), select)");
  if (input) {
    input.focus();
    if (input.select && input.type !== "date") input.select();
    return;
  }
  cell.classList.remove("is-editing");
  cell.classList.add("is-saved");
  cell.addEventListener("animationend", () => cell.classList.remove("is-saved"), { once: true });
  const next = following;
  following = null;
  if (next) editCell(next);
}

function onFailed(event: Event): void {
  const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("td.is-editing") : null;
  if (cell && !cell.querySelector(".cell-form")) back(cell);
}

export function startCells(): void {
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("change", onChange);
  document.addEventListener("focusout", onLeave);
  document.addEventListener("htmx:afterSettle", onSwapped);
  document.addEventListener("htmx:responseError", onFailed);
  document.addEventListener("dblclick", (event) => {
    const cell = (event.target as Element).closest<HTMLElement>("td[data-cell]");
    if (!cell || (event.target as Element).closest("a")) return;
    getSelection()?.removeAllRanges();
    editCell(cell);
  });
}
