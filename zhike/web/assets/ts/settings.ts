// Settings: rows added to a form, rows put in order by pointer or arrow keys, a hue shown as it is chosen, pieces clicked
// into a formula, and the line that is open in the panel marked.

import htmx from "htmx.org";

const rowsOf = (node: Element): HTMLElement | null =>
  node.closest("[data-rows]") ?? node.parentElement?.querySelector<HTMLElement>("[data-rows]") ?? null;

/** Another empty row, like the last one. */
function addRow(button: Element): void {
  const list = rowsOf(button);
  const last = list?.querySelector<HTMLElement>(":scope > [data-row]:last-of-type");
  if (!list || !last) return;
  const fresh = last.cloneNode(true) as HTMLElement;
  fresh.querySelectorAll<HTMLInputElement>("input").forEach((one) => {
    if (one.name !== "option.active") one.value = "";
  });
  fresh.querySelectorAll<HTMLSelectElement>("select").forEach((one) => (one.selectedIndex = 0));
  fresh.querySelectorAll<HTMLElement>(".dot").forEach((one) => (one.dataset.hue = "grey"));
  fresh.querySelectorAll("[data-only-known]").forEach((one) => one.remove());
  list.append(fresh);
  fresh.querySelector<HTMLElement>("input:not([type=hidden])")?.focus();
}

/** Puts a piece of text where the cursor stands. */
function insert(button: HTMLElement): void {
  const field = document.getElementById(button.dataset.into ?? "");
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  const at = field.selectionStart ?? field.value.length;
  const before = field.value.slice(0, at);
  const gap = before && !/[\s(]$/.test(before) ? " " : "";
  field.setRangeText(gap + (button.dataset.insert ?? ""), at, field.selectionEnd ?? at, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  const adder = target.closest("[data-add-row]");
  const piece = target.closest<HTMLElement>("[data-insert]");
  const step = target.closest<HTMLElement>("[data-step]");
  const copier = target.closest<HTMLElement>("[data-copy]");
  if (copier) void copy(copier);
  else if (adder) addRow(adder);
  else if (piece) insert(piece);
  else if (step) {
    const row = step.closest<HTMLElement>("[data-row]");
    if (row && shift(row, Number(step.dataset.step))) step.focus();
    event.preventDefault();
  }
}

/** What a form holds, lists for names that come more than once. */
function values(form: HTMLFormElement): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, one] of new FormData(form).entries()) if (typeof one === "string") (found[name] ??= []).push(one);
  return found;
}

function onChange(event: Event): void {
  const target = event.target as HTMLElement;
  if (target instanceof HTMLSelectElement && target.matches("[data-hue-pick]")) {
    const dot = target.parentElement?.querySelector<HTMLElement>(".dot");
    if (dot) dot.dataset.hue = target.value;
  }
  const counted = target.closest<HTMLFormElement>("form[data-counts]");
  if (counted) recount(counted);
  if (target.matches("[data-submits]")) target.closest("form")?.requestSubmit();
  if (target.matches("[data-looks], #field-form :is([name=formula], [name=rollup_from], [name=rollup_measure], [name=rollup_where])")) {
    const form = target.closest("form");
    if (!form) return;
    void htmx.ajax("post", form.action, { target: "#side", swap: "outerHTML", values: { ...values(form), act: "look" } });
  }
  if (target.matches("[name=rollup_from]")) {
    const form = target.closest<HTMLFormElement>("#form");
    if (form) void htmx.ajax("post", form.action, { target: "#form", swap: "outerHTML", values: { ...values(form), act: "form" } });
  }
}

// -- what would change ------------------------------------------------------------------------------------------------
/** Counts the choices of a form that differ from what is kept, marks them, and says the number on the button. */
function recount(form: HTMLFormElement): void {
  let number = 0;
  form.querySelectorAll<HTMLSelectElement>("select[data-was]").forEach((one) => {
    const changed = one.value !== one.dataset.was;
    one.classList.toggle("is-changed", changed);
    one.title = changed ? `${[...one.options].find((option) => option.value === one.dataset.was)?.text ?? ""} → ${one.selectedOptions[0]?.text ?? ""}` : "";
    if (REACHES.includes(one.value)) one.dataset.reach = one.value;
    else one.dataset.reach = RIGHTS[one.value] ?? "none";
    if (changed) number += 1;
  });
  number += form.querySelectorAll('input[type="checkbox"][name$=".others"]:checked').length;
  const button = document.querySelector<HTMLElement>("[data-change-count]");
  if (!button) return;
  button.dataset.plain ??= button.textContent ?? "";
  button.textContent = number === 0 ? button.dataset.plain : number === 1 ? (button.dataset.one ?? "") : (button.dataset.many ?? "").replace("#", String(number));
}
const REACHES = ["none", "own", "department", "subtree", "all"];
const RIGHTS: Record<string, string> = { write: "all", read: "own", masked: "own", hidden: "none" };

// -- order -----------------------------------------------------------------------------------------------------------
const peers = (row: HTMLElement): HTMLElement[] =>
  [...(row.parentElement?.children ?? [])].filter((one): one is HTMLElement => one instanceof HTMLElement && one.matches("[data-row]"));

/** Moves a row up or down; answers whether it could. */
function shift(row: HTMLElement, by: number): boolean {
  const all = peers(row);
  const next = all[all.indexOf(row) + by];
  if (!next) return false;
  if (by < 0) next.before(row);
  else next.after(row);
  settled(row);
  return true;
}

/** Tells the form that the order changed; forms marked so send it at once. */
function settled(row: HTMLElement): void {
  const form = row.closest("form");
  form?.setAttribute("data-dirty", "");
  form?.dispatchEvent(new Event("change", { bubbles: true }));
  const live = document.getElementById("order-live");
  const all = peers(row);
  if (live) live.textContent = `${all.indexOf(row) + 1} / ${all.length}`;
  if (form?.matches("[data-sends]")) form.requestSubmit();
}

function onKey(event: KeyboardEvent): void {
  const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
  const row = handle?.closest<HTMLElement>("[data-row]");
  const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (!row || !by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (shift(row, by)) (handle as HTMLElement).focus();
}

let dragged: HTMLElement | null = null;
let moved = false;

function onDown(event: PointerEvent): void {
  const handle = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-handle]") : null;
  const row = handle?.closest<HTMLElement>("[data-row]");
  if (!handle || !row || event.button !== 0) return;
  dragged = row;
  moved = false;
  handle.setPointerCapture(event.pointerId);
}

function onMove(event: PointerEvent): void {
  if (!dragged) return;
  const over = peers(dragged).find((one) => {
    const box = one.getBoundingClientRect();
    return one !== dragged && event.clientY >= box.top && event.clientY <= box.bottom;
  });
  dragged.classList.add("is-dragged-row");
  document.body.classList.add("is-dragging");
  if (!over) return;
  const box = over.getBoundingClientRect();
  const all = peers(dragged);
  const down = all.indexOf(over) > all.indexOf(dragged);
  if (down && event.clientY > box.top + box.height / 3) over.after(dragged);
  else if (!down && event.clientY < box.bottom - box.height / 3) over.before(dragged);
  else return;
  moved = true;
}

function onUp(): void {
  if (!dragged) return;
  dragged.classList.remove("is-dragged-row");
  document.body.classList.remove("is-dragging");
  if (moved) settled(dragged);
  dragged = null;
}

// -- the tree of departments -----------------------------------------------------------------------------------------
let branch: HTMLElement | null = null;
let onto: HTMLElement | null = null;

function put(handle: HTMLElement, values: Record<string, string>): void {
  const id = handle.closest<HTMLElement>("[data-branch]")?.dataset.branch;
  void htmx.ajax("post", handle.dataset.move!, { target: "#tree", swap: "outerHTML", values }).then(() => {
    document.querySelector<HTMLElement>(`[data-branch="${id}"] [data-branch-handle]`)?.focus();
  });
}

function treeKey(event: KeyboardEvent): void {
  const handle = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-branch-handle]") : null;
  if (!handle || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.key === "ArrowRight" ? "in" : event.key === "ArrowLeft" ? "out" : "";
  if (step) {
    event.preventDefault();
    put(handle, { step });
  }
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by) {
    event.preventDefault();
    const all = [...document.querySelectorAll<HTMLElement>("[data-branch-handle]")];
    all[all.indexOf(handle) + by]?.focus();
  }
}

function treeDown(event: PointerEvent): void {
  const handle = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-branch-handle]") : null;
  if (!handle || event.button !== 0) return;
  branch = handle.closest<HTMLElement>("[data-branch]");
  handle.setPointerCapture(event.pointerId);
}

function treeMove(event: PointerEvent): void {
  if (!branch) return;
  document.body.classList.add("is-dragging");
  branch.classList.add("is-dragged-row");
  const under = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.closest("[data-branch]"));
  const found = under?.closest<HTMLElement>("[data-branch]") ?? null;
  if (found === onto) return;
  onto?.classList.remove("is-target");
  onto = found && found !== branch ? found : null;
  onto?.classList.add("is-target");
}

function treeUp(): void {
  if (!branch) return;
  const handle = branch.querySelector<HTMLElement>("[data-branch-handle]");
  const target = onto?.dataset.branch;
  branch.classList.remove("is-dragged-row");
  onto?.classList.remove("is-target");
  document.body.classList.remove("is-dragging");
  branch = onto = null;
  if (handle && target) put(handle, { to: target });
}

/** Copies what an input shows; where the browser does not allow it, the text is selected to be copied by hand. */
async function copy(button: HTMLElement): Promise<void> {
  const field = document.getElementById(button.dataset.copy ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.setAttribute("aria-pressed", "true");
  } catch {
    document.execCommand("copy");
  }
}

/** Marks the line of the list whose panel is open. */
function markLine(): void {
  const panel = document.querySelector<HTMLElement>(".field-panel");
  if (!panel) return;
  const here = location.pathname;
  document.querySelectorAll<HTMLElement>("tr[data-line]").forEach((line) => {
    if (line.querySelector("a")?.getAttribute("href") === here) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
  });
}

export function startSettings(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", treeKey);
  document.addEventListener("pointerdown", treeDown);
  document.addEventListener("pointermove", treeMove);
  document.addEventListener("pointerup", treeUp);
  document.addEventListener("pointercancel", treeUp);
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
  document.addEventListener("htmx:pushedIntoHistory", markLine);
}
