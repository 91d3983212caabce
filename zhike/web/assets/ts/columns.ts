// Columns of a list: dragged or moved by arrow keys in their menu, made wider at the edge of their heads.
// Loaded when a head is pointed at or the menu opens.

import { token } from "./words";

const LEAST = 56;
const MOST = 640;
const STEP = 16;
const WAIT = 500;
let clock = 0;

// -- order -----------------------------------------------------------------------------------------------------------
const items = (list: Element): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(":scope > .item")];

function shift(item: HTMLElement, step: number): void {
  const list = item.parentElement!;
  const all = items(list);
  const to = all.indexOf(item) + step;
  if (to < 1 || to >= all.length) return; // the title stays in front
  if (step < 0) all[to].before(item);
  else all[to].after(item);
  item.querySelector<HTMLElement>("[data-grip]")?.focus();
  item.scrollIntoView({ block: "nearest" });
}

function onGripKey(event: KeyboardEvent): void {
  const grip = (event.target as Element).closest<HTMLElement>("[data-grip]");
  if (!grip || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  shift(grip.closest<HTMLElement>(".item")!, event.key === "ArrowUp" ? -1 : 1);
}

function onGrip(event: PointerEvent): void {
  const grip = (event.target as Element).closest<HTMLElement>("[data-grip]");
  const item = grip?.closest<HTMLElement>(".item");
  if (!grip || !item || event.button) return;
  event.preventDefault();
  grip.focus();
  grip.setPointerCapture(event.pointerId);
  item.classList.add("is-dragged");
  const move = (moved: PointerEvent): void => {
    const list = item.parentElement!;
    const over = items(list).slice(1).find((one) => {
      const box = one.getBoundingClientRect();
      return one !== item && !one.hidden && moved.clientY >= box.top && moved.clientY <= box.bottom;
    });
    if (!over) return;
    const box = over.getBoundingClientRect();
    if (moved.clientY < box.top + box.height / 2) over.before(item);
    else over.after(item);
  };
  const end = (): void => {
    item.classList.remove("is-dragged");
    grip.removeEventListener("pointermove", move);
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", end, { once: true });
}

// A grip is a button that moves its column up without a script; with one, pressing it only takes hold.
function onGripClick(event: MouseEvent): void {
  if ((event.target as Element).closest("[data-grip]")) event.preventDefault();
}

// -- width -----------------------------------------------------------------------------------------------------------
const edge = (node: EventTarget | null): HTMLElement | null =>
  node instanceof Element ? node.closest<HTMLElement>("[data-resize]") : null;

function colOf(handle: HTMLElement): HTMLElement | null {
  return handle.closest("table")?.querySelector<HTMLElement>(`col[data-of="${CSS.escape(handle.dataset.resize ?? "")}"]`) ?? null;
}

function widen(handle: HTMLElement, width: number): void {
  const to = Math.round(Math.max(LEAST, Math.min(MOST, width)));
  const col = colOf(handle);
  if (!col) return;
  col.className = "";
  col.style.width = `${to}px`;
  handle.setAttribute("aria-valuenow", String(to));
}

function keep(handle: HTMLElement): void {
  window.clearTimeout(clock);
  clock = window.setTimeout(() => {
    const table = handle.closest<HTMLElement>("[data-layout]");
    if (!table?.dataset.layout) return;
    const asked = new URLSearchParams(location.search);
    const body = new URLSearchParams({ width: `${handle.dataset.resize ?? ""}:${handle.getAttribute("aria-valuenow") ?? ""}`, quiet: "1" });
    for (const name of ["view", "where", "archived", "find"]) if (asked.has(name)) body.set(name, asked.get(name)!);
    void fetch(table.dataset.layout, { method: "POST", body, headers: { "X-CSRFToken": token() } });
  }, WAIT);
}

function onEdge(event: PointerEvent): void {
  const handle = edge(event.target);
  if (!handle || event.button) return;
  event.preventDefault();
  const from = event.clientX;
  const width = handle.closest("th")!.getBoundingClientRect().width;
  handle.classList.add("is-on");
  handle.setPointerCapture(event.pointerId);
  const move = (moved: PointerEvent): void => widen(handle, width + moved.clientX - from);
  handle.addEventListener("pointermove", move);
  handle.addEventListener(
    "lostpointercapture",
    () => {
      handle.classList.remove("is-on");
      handle.removeEventListener("pointermove", move);
      if (handle.getAttribute("aria-valuenow") !== "0") keep(handle);
    },
    { once: true },
  );
}

function onEdgeKey(event: KeyboardEvent): void {
  const handle = edge(event.target);
  if (!handle || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const width = handle.closest("th")!.getBoundingClientRect().width;
  widen(handle, width + (event.key === "ArrowRight" ? STEP : -STEP));
  keep(handle);
}

let started = false;

/** Listens from the first call on. */
export function startColumns(): void {
  if (started) return;
  started = true;
  document.addEventListener("pointerdown", onGrip);
  document.addEventListener("click", onGripClick, true);
  document.addEventListener("keydown", onGripKey, true);
  document.addEventListener("pointerdown", onEdge);
  document.addEventListener("keydown", onEdgeKey, true);
}
