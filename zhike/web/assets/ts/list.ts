// Lists: a current row moved by j and k, chosen rows and the bar for them, the panel beside the list.

import htmx from "htmx.org";

const sheet = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-list]");
const rows = (): HTMLElement[] => [...(sheet()?.querySelectorAll<HTMLElement>("tr[data-row]") ?? [])];
const boxes = (): HTMLInputElement[] => [...(sheet()?.querySelectorAll<HTMLInputElement>("input[name=ids]") ?? [])];
const wholeInput = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>("#chosen input[name=all]");
const PRESS = 450;
const DOUBLE = 240;

let looking = 0;
let last: HTMLInputElement | null = null;

/** The row the keys act on: the marked one, or the one that holds the focus. */
export function currentRow(): HTMLElement | null {
  const focused = document.activeElement?.closest<HTMLElement>("tr[data-row]");
  return focused ?? sheet()?.querySelector<HTMLElement>("tr[data-row][data-here]") ?? null;
}

/** Moves the mark; with the panel open, the panel follows. */
export function moveRow(step: number): void {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(currentRow() as HTMLElement);
  const next = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + step))];
  mark(next);
  next.querySelector<HTMLElement>("a[data-title]")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  if (document.querySelector("#peek .panel")) peek(next);
}

function mark(row: HTMLElement): void {
  rows().forEach((one) => delete one.dataset.here);
  row.dataset.here = "";
}

/** Opens the panel for a row, or closes it when it shows that row already. */
export function peek(row: HTMLElement | null, toggle = false): void {
  const shown = document.querySelector<HTMLElement>("#peek .panel");
  if (toggle && shown && (!row || shown.dataset.id === row.dataset.row)) {
    closePeek();
    return;
  }
  if (row) look(row);
}

// Loads the panel of a row beside the list.
function look(row: HTMLElement): void {
  const place = document.getElementById("peek");
  if (place) void htmx.ajax("get", `${place.dataset.from}${row.dataset.row}`, { target: place, swap: "innerHTML", source: place });
}

/** Empties the panel. */
export function closePeek(): boolean {
  const place = document.getElementById("peek");
  if (!place?.firstElementChild) return false;
  place.replaceChildren();
  rows().forEach((one) => one.removeAttribute("aria-current"));
  return true;
}

/** Ticks or unticks a row; with `range`, everything between it and the one ticked before. */
export function tick(row: HTMLElement | null, range = false): void {
  const box = row?.querySelector<HTMLInputElement>("input[name=ids]");
  if (!box) return;
  box.checked = !box.checked;
  if (range) stretch(box);
  last = box;
  tell();
}

function stretch(box: HTMLInputElement): void {
  const all = boxes();
  const [from, to] = [all.indexOf(last ?? box), all.indexOf(box)].sort((a, b) => a - b);
  if (from < 0) return;
  for (const one of all.slice(from, to + 1)) one.checked = box.checked;
}

/** Unticks everything. Returns whether anything was ticked. */
export function untick(): boolean {
  const any = boxes().some((one) => one.checked);
  boxes().forEach((one) => (one.checked = false));
  tell();
  return any;
}

// Counts what is ticked, shows the bar, and sets the box in the head.
function tell(): void {
  const list = sheet();
  if (!list) return;
  const all = boxes();
  const chosen = all.filter((one) => one.checked).length;
  list.toggleAttribute("data-choosing", chosen > 0);
  const every = list.querySelector<HTMLInputElement>("[data-every]");
  if (every) {
    every.checked = chosen > 0 && chosen === all.length;
    every.indeterminate = chosen > 0 && chosen < all.length;
  }
  list.querySelectorAll<HTMLElement>("[data-chosen]").forEach((one) => {
    one.textContent = (one.dataset.chosen ?? "{n}").replace("{n}", chosen.toLocaleString("en-US"));
  });
  const whole = list.querySelector<HTMLElement>("[data-whole]");
  if (whole) whole.hidden = !(chosen === all.length && chosen > 1);
  takeAll(chosen === all.length && wholeInput()?.disabled === false);
}

function takeAll(all: boolean): void {
  const input = wholeInput();
  const whole = sheet()?.querySelector<HTMLElement>("[data-whole]");
  if (!input) return;
  input.disabled = !all;
  whole?.setAttribute("aria-pressed", String(all));
  if (all) {
    sheet()?.querySelectorAll<HTMLElement>("[data-chosen]").forEach((one) => {
      one.textContent = (one.dataset.chosen ?? "{n}").replace("{n}", whole?.dataset.count ?? "");
    });
  }
}

function onChange(event: Event): void {
  const target = event.target as HTMLInputElement;
  if (target.matches?.("[data-every]")) {
    boxes().forEach((one) => (one.checked = target.checked));
    tell();
  } else if (target.matches?.("[data-list] input[name=ids]")) {
    tell();
  }
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  window.clearTimeout(looking);
  const box = target.closest<HTMLInputElement>("[data-list] input[name=ids]");
  if (box) {
    if (event.shiftKey && last) {
      stretch(box);
      tell();
    }
    last = box;
    return;
  }
  const fold = target.closest<HTMLElement>("[data-fold]");
  if (fold) {
    const folded = fold.closest<HTMLElement>("[data-group]")?.toggleAttribute("data-folded");
    fold.setAttribute("aria-expanded", String(!folded));
    return;
  }
  if (target.closest("[data-untick]")) untick();
  if (target.closest("[data-whole]")) takeAll(wholeInput()?.disabled ?? false);
  if (target.closest("[data-close-peek]")) {
    event.preventDefault();
    closePeek();
  }
  const row = target.closest<HTMLElement>("tr[data-row]");
  if (!row) return;
  mark(row);
  if (target.closest("[data-peek]")) look(row);
  if (row.dataset.pressed !== undefined) {
    delete row.dataset.pressed;
    event.preventDefault();
    return;
  }
  const busy = target.closest("a, button, input, label, select, textarea, .is-editing");
  if (!busy && !String(getSelection())) {
    if (sheet()?.hasAttribute("data-choosing") && matchMedia("(max-width: 720px)").matches) tick(row);
    else if (matchMedia("(max-width: 720px)").matches) row.querySelector<HTMLElement>("a[data-title]")?.click();
    else later(row, event.detail);
  }
}

// A single click looks into the row; it waits a moment, since a double click edits the cell under the pointer.
function later(row: HTMLElement, clicks: number): void {
  if (clicks < 2) looking = window.setTimeout(() => look(row), DOUBLE);
}

// Phones: a long press chooses the row.
function onPress(event: PointerEvent): void {
  const row = (event.target as Element).closest<HTMLElement>("tr[data-row]");
  if (!row || event.pointerType !== "touch") return;
  const clock = window.setTimeout(() => {
    row.dataset.pressed = "";
    tick(row);
    navigator.vibrate?.(12);
  }, PRESS);
  const stop = (): void => window.clearTimeout(clock);
  for (const name of ["pointerup", "pointercancel", "pointermove"]) row.addEventListener(name, stop, { once: true });
}

function onPeek(event: Event): void {
  const detail = (event as CustomEvent<{ target?: Element }>).detail;
  if (detail?.target?.id !== "peek") return;
  const id = document.querySelector<HTMLElement>("#peek .panel")?.dataset.id;
  rows().forEach((row) => (row.dataset.row === id ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current")));
}

/** Brings the count up to date after rows were swapped in, and fetches the scripts of what is open now. */
export function startList(): void {
  tell();
  document.querySelectorAll<HTMLElement>("[data-resize]").forEach((one) => (one.tabIndex = 0));
  document.querySelector<HTMLElement>(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (document.querySelector(".builder, .rule-conditions")) void import("./builder").then((one) => one.startBuilder());
}

const fetchColumns = (): void => void import("./columns").then((one) => one.startColumns());

// What sorts and stretches columns comes when somebody reaches for it.
function onReach(event: Event): void {
  if ((event.target as Element).closest?.("thead, [popovertarget=columns], #columns")) fetchColumns();
}

// Where the focus was before parts of the list were put in anew; it goes back to what has the same id.
let focused = "";
function onSwapping(): void {
  const active = document.activeElement;
  focused = active?.id && active.closest(".builder, .rule-conditions") ? active.id : "";
}

function onSwapped(): void {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (focused && lost) document.getElementById(focused)?.focus();
  focused = "";
}

export function startLists(): void {
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  document.addEventListener("pointerdown", onPress);
  document.addEventListener("htmx:afterSwap", onPeek);
  document.addEventListener("htmx:beforeSwap", onSwapping);
  document.addEventListener("htmx:afterSettle", onSwapped);
  document.addEventListener("pointerover", onReach);
  document.addEventListener("focusin", onReach);
  document.addEventListener("contextmenu", (event) => {
    if ((event.target as Element).closest("tr[data-row]") && matchMedia("(pointer: coarse)").matches) event.preventDefault();
  });
  startList();
}
