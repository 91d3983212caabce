// Blocks that can be moved: by pointer with the head as handle, or by the buttons in it, which work without a script.
// What is kept is the order of both columns; the server answers nothing.

import { toast } from "./toast";
import { token, words } from "./words";

const BLOCK = "[data-movable]";
const COLUMN = "[data-column-of]";

let held: HTMLElement | null = null;
let startX = 0;
let startY = 0;
let lifted = false;
let line: HTMLElement | null = null;

function names(root: HTMLElement, column: string): string {
  const inside = root.querySelector(`[data-column-of="${column}"]`);
  return [...(inside?.querySelectorAll<HTMLElement>("[data-block]") ?? [])].map((one) => one.dataset.block!).join(" ");
}

async function keep(root: HTMLElement): Promise<void> {
  const body = new URLSearchParams({ main: names(root, "main"), side: names(root, "side") });
  const answer = await fetch(root.dataset.arrange!, { method: "POST", headers: { "X-CSRFToken": token() }, body }).catch(() => null);
  if (!answer?.ok) toast({ text: words(answer ? "failed" : "offline"), bad: true });
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
  const before = [...column.querySelectorAll<HTMLElement>(BLOCK)].find((one) => {
    const box = one.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  column.insertBefore(line!, before ?? null);
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
