// Blocks that can be moved: by pointer with the head as handle, or by the buttons in it, which work without a script.
// What is kept is the order in every column; the server answers nothing.

import { toast } from "./toast";
import { token, words } from "./words";

const BLOCK = "[data-movable]";
const COLUMN = "[data-column-of]";

let held: HTMLElement | null = null;
let startX = 0;
let startY = 0;
let lifted = false;
let line: HTMLElement | null = null;

function names(column: HTMLElement): string {
  return [...column.querySelectorAll<HTMLElement>("[data-block]")].map((one) => one.dataset.block!).join(" ");
}

async function keep(root: HTMLElement): Promise<void> {
  const columns = root.matches(COLUMN) ? [root] : [...root.querySelectorAll<HTMLElement>(COLUMN)];
  const body = new URLSearchParams(columns.map((one) => [one.dataset.columnOf!, names(one)]));
  const answer = await fetch(root.dataset.arrange!, { method: "POST", headers: { "X-CSRFToken": token() }, body }).catch(() => null);
  if (!answer?.ok) toast({ text: words(answer ? "failed" : "offline"), bad: true });
}

// The block the pointer stands before: in a column the first whose middle is below it, on a grid the first that is further on.
function follower(column: HTMLElement, x: number, y: number): HTMLElement | null {
  const blocks = [...column.querySelectorAll<HTMLElement>(BLOCK)];
  const found = blocks.find((one) => {
    const box = one.getBoundingClientRect();
    if (column.dataset.grid === undefined) return y < box.top + box.height / 2;
    return y < box.top || (y < box.bottom && x < box.left + box.width / 2);
  });
  return found ?? null;
}

function onDown(event: PointerEvent): void {
  const target = event.target as Element;
  const block = target.closest<HTMLElement>(BLOCK);
  if (!block || event.button !== 0 || event.pointerType === "touch") return;
  if (!target.closest("header") || target.closest("button, a, input")) return;
  held = block;
  [startX, startY, lifted] = [event.clientX, event.clientY, false];
  event.preventDefault();
}

function onMove(event: PointerEvent): void {
  if (!held) return;
  if (!lifted) {
    if (Math.hypot(event.clientX - startX, event.clientY - startY) < 6) return;
    lifted = true;
    held.classList.add("is-held");
    line = document.createElement("div");
    line.className = "drop-line";
  }
  const column = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>(COLUMN);
  if (!column) return;
  column.insertBefore(line!, follower(column, event.clientX, event.clientY));
}

function onUp(event: PointerEvent): void {
  const block = held;
  const root = block?.closest<HTMLElement>("[data-arrange]");
  held = null;
  block?.classList.remove("is-held");
  if (!lifted || !block || !root || !line?.isConnected) return;
  if (event.type === "pointerup") line.replaceWith(block);
  line.remove();
  if (event.type === "pointerup") void keep(root).then(() => location.reload());
}

let listening = false;

/** Lets the blocks of a page being arranged be dragged. */
export function startArrange(): void {
  if (listening) return;
  listening = true;
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
}
