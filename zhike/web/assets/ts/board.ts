// The board: a card goes to another column by pointer, by Shift+arrow, or through its "move to" menu.
// The server decides; until it answers the card and the totals stand where they will be, and go back when refused.

import htmx from "htmx.org";
import { openDialog } from "./dialog";
import { refused, unreachable } from "./refused";
import { toast, toastOf } from "./toast";
import { token } from "./words";

type Column = HTMLElement;
type Card = HTMLElement;

const cardOf = (node: EventTarget | null): Card | null =>
  node instanceof Element ? node.closest<HTMLElement>("[data-card]") : null;
const columnOf = (node: Element | null): Column | null => node?.closest<HTMLElement>("[data-column]") ?? null;
const boardOf = (node: Element | null): HTMLElement | null => node?.closest<HTMLElement>("[data-board]") ?? null;
const listOf = (column: Column): HTMLElement => column.querySelector<HTMLElement>("[data-cards]")!;
const columnsOf = (board: HTMLElement): Column[] => [...board.querySelectorAll<HTMLElement>("[data-column]")];
const cardsOf = (column: Column): Card[] => [...column.querySelectorAll<HTMLElement>("[data-card]")];
const handleOf = (card: Card): HTMLElement => card.querySelector<HTMLElement>("[data-open]") ?? card;

/** Puts the focus on a card and makes it the board's one tab stop. */
function focusCard(card: Card): void {
  const board = boardOf(card);
  board?.querySelectorAll<HTMLElement>("[data-open]").forEach((one) => (one.tabIndex = -1));
  handleOf(card).tabIndex = 0;
  handleOf(card).focus();
}

/** Adds `count` cards worth `sum` (major units) to a column's head. */
function tally(column: Column, count: number, sum: number): void {
  const counter = column.querySelector<HTMLElement>("[data-count]");
  if (counter) {
    const next = Number(counter.dataset.count) + count;
    counter.dataset.count = String(next);
    counter.textContent = next.toLocaleString("en");
  }
  const total = column.querySelector<HTMLElement>("[data-sum]");
  if (!total) return;
  const next = Number(total.dataset.sum) + sum;
  total.dataset.sum = String(next);
  const money = new Intl.NumberFormat(document.documentElement.lang, {
    style: "currency",
    currency: total.dataset.currency,
    currencyDisplay: "narrowSymbol",
    maximumFractionDigits: 0,
  });
  total.textContent = money.format(next);
}

/** Replaces the heads and cards named in the server's answer, and opens the dialog it may hold. */
function apply(board: HTMLElement, answer: Document): void {
  for (const fresh of answer.querySelectorAll<HTMLElement>("[data-column-head]")) {
    const column = board.querySelector(`[data-column="${CSS.escape(fresh.dataset.columnHead!)}"]`);
    column?.querySelector("[data-column-head]")?.replaceWith(fresh);
  }
  for (const fresh of answer.querySelectorAll<HTMLElement>("[data-card]")) {
    board.querySelector(`[data-card="${CSS.escape(fresh.dataset.card!)}"]`)?.replaceWith(fresh);
  }
  const summary = answer.querySelector("[data-board-summary]");
  if (summary) document.querySelector("[data-board-summary]")?.replaceWith(summary);
  const dialog = answer.querySelector<HTMLDialogElement>("dialog");
  const place = document.getElementById("dialog");
  if (!dialog || !place) return;
  dialog.removeAttribute("open");
  place.replaceChildren(dialog);
  htmx.process(place);
  openDialog(dialog);
}

/** Says what the server says: a toast in the header, else why it did not move the card. */
function say(response: Response, text: string, again: () => void): void {
  const header = (name: string): string | null => response.headers.get(name);
  if (!response.ok && response.status !== 422 && response.status !== 409) return refused({ status: response.status, text, header }, again);
  const said = toastOf(header("HX-Trigger"));
  if (said) toast(said);
}

/** The moves under way, by card: the next move of a card waits for the server's answer to the one before. */
const underway = new Map<string, Promise<void>>();

/** Moves a card after its earlier moves; the answer to one of those may have replaced the card meanwhile. */
async function move(card: Card, target: Column, at?: Element | null): Promise<void> {
  const key = card.dataset.card!;
  const turn = (underway.get(key) ?? Promise.resolve()).then(() => moveNow(standing(card), target, at?.isConnected ? at : null));
  underway.set(key, turn);
  await turn;
  if (underway.get(key) === turn) underway.delete(key);
}

/** The card as it stands on the board now. */
const standing = (card: Card): Card =>
  card.isConnected ? card : (document.querySelector<HTMLElement>(`[data-board] [data-card="${CSS.escape(card.dataset.card!)}"]`) ?? card);

/** Moves a card and asks the server; a refusal puts it back and says why. */
async function moveNow(card: Card, target: Column, at: Element | null): Promise<void> {
  const board = boardOf(card);
  const origin = columnOf(card);
  if (!board || !origin || origin === target) return;
  const after = card.nextElementSibling;
  const worth = Number(card.dataset.amount ?? 0);
  const place = (column: Column, before: Element | null | undefined): void => {
    listOf(column).insertBefore(card, before ?? listOf(column).firstElementChild);
  };
  place(target, at);
  tally(origin, -1, -worth);
  tally(target, 1, worth);
  target.querySelector("[data-empty]")?.remove();
  card.dataset.busy = "yes";
  focusCard(card);
  const again = (): void => void move(card, target, at);
  const back = (): void => {
    listOf(origin).insertBefore(card, after);
    tally(origin, 1, worth);
    tally(target, -1, -worth);
    focusCard(card);
  };
  try {
    const body = new URLSearchParams({ id: card.dataset.card!, to: target.dataset.column!, from: origin.dataset.column! });
    for (const name of ["where", "line", "by", "next"]) body.set(name, board.dataset[name] ?? "");
    const response = await fetch(board.dataset.board!, {
      method: "POST",
      headers: { "X-CSRFToken": token(), "HX-Request": "true", "HX-Current-URL": location.href },
      body,
    });
    const text = await response.text();
    if (!response.ok) back();
    if (response.headers.get("Content-Type")?.startsWith("text/html")) apply(board, new DOMParser().parseFromString(text, "text/html"));
    say(response, text, again);
    const fresh = board.querySelector<HTMLElement>(`[data-card="${CSS.escape(card.dataset.card!)}"]`);
    if (fresh && !document.querySelector("dialog[open], :popover-open")) focusCard(fresh);
    announce(board, response.ok ? target : origin);
  } catch {
    back();
    unreachable(again);
  } finally {
    delete card.dataset.busy;
  }
}

/** Tells a screen reader in which column the card is now. */
function announce(board: HTMLElement, column: Column): void {
  const live = board.parentElement?.querySelector<HTMLElement>("[data-board-live]");
  if (live) live.textContent = column.getAttribute("aria-label");
}

// -- keys ----------------------------------------------------------------------------------------------------------
function onKey(event: KeyboardEvent): void {
  const card = cardOf(event.target);
  const column = columnOf(card);
  const board = boardOf(card);
  if (!card || !column || !board || event.ctrlKey || event.metaKey || event.altKey) return;
  const sideways = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  const upright = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!sideways && !upright) return;
  event.preventDefault();
  const columns = columnsOf(board);
  const here = columns.indexOf(column);
  const row = cardsOf(column).indexOf(card);
  if (upright) {
    const next = cardsOf(column)[row + upright];
    if (next) focusCard(next);
    return;
  }
  if (event.shiftKey) {
    const target = columns[here + sideways];
    if (target) void move(card, target);
    return;
  }
  for (let index = here + sideways; columns[index]; index += sideways) {
    const cards = cardsOf(columns[index]);
    if (cards.length) return focusCard(cards[Math.min(row, cards.length - 1)]);
  }
}

// -- pointer -------------------------------------------------------------------------------------------------------
interface Drag {
  card: Card;
  ghost?: HTMLElement;
  gap?: HTMLElement;
  x: number;
  y: number;
  dx: number;
  dy: number;
  target?: Column;
}
let drag: Drag | null = null;
let justDragged = false;

function onDown(event: PointerEvent): void {
  const card = cardOf(event.target);
  if (!card || event.button !== 0 || event.pointerType === "touch") return;
  if (!boardOf(card)?.dataset.board || (event.target as Element).closest("button, [data-move-to]")) return;
  const box = card.getBoundingClientRect();
  drag = { card, x: event.clientX, y: event.clientY, dx: event.clientX - box.left, dy: event.clientY - box.top };
}

function lift(held: Drag): void {
  const box = held.card.getBoundingClientRect();
  held.ghost = held.card.cloneNode(true) as HTMLElement;
  held.ghost.removeAttribute("data-card");
  held.ghost.classList.add("is-dragged", "is-lifted");
  held.ghost.style.width = `${box.width}px`;
  held.gap = document.createElement("li");
  held.gap.className = "deal-gap";
  held.gap.style.height = `${box.height}px`;
  document.body.append(held.ghost);
  held.card.classList.add("is-away");
  document.documentElement.classList.add("is-dragging");
}

function onMove(event: PointerEvent): void {
  if (!drag) return;
  if (!drag.ghost) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 6) return;
    lift(drag);
  }
  drag.ghost!.style.translate = `${event.clientX - drag.dx}px ${event.clientY - drag.dy}px`;
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const column = columnOf(under) ?? undefined;
  const board = boardOf(drag.card)!;
  const edge = board.getBoundingClientRect();
  if (event.clientX > edge.right - 48) board.scrollLeft += 12;
  else if (event.clientX < edge.left + 48) board.scrollLeft -= 12;
  if (column !== drag.target) {
    drag.target?.classList.remove("is-target");
    drag.target = column;
  }
  if (!column || column === columnOf(drag.card)) return drag.gap!.remove();
  column.classList.add("is-target");
  const before = cardsOf(column).find((one) => {
    const box = one.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  listOf(column).insertBefore(drag.gap!, before ?? listOf(column).querySelector("[data-more]"));
}

function onUp(event: PointerEvent): void {
  const held = drag;
  drag = null;
  if (!held?.ghost) return;
  const next = held.gap!.nextElementSibling;
  const target = held.target;
  held.ghost.remove();
  held.gap!.remove();
  held.card.classList.remove("is-away");
  target?.classList.remove("is-target");
  document.documentElement.classList.remove("is-dragging");
  justDragged = true;
  setTimeout(() => (justDragged = false));
  if (event.type === "pointerup" && target && target !== columnOf(standing(held.card))) void move(held.card, target, next);
}

// -- adding --------------------------------------------------------------------------------------------------------
/** The line of a column was sent without leaving the board: the new card stands on top of it. */
function onAdded(event: Event): void {
  const { elt, xhr, successful } = (event as CustomEvent<{ elt: Element; xhr: XMLHttpRequest; successful: boolean }>).detail;
  const form = elt.closest<HTMLFormElement>(".board-add form");
  const column = form && columnOf(form);
  if (!column || !successful) return;
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const card = answer.querySelector<HTMLElement>("[data-card]");
  if (!card) return;
  column.querySelector("[data-empty]")?.remove();
  listOf(column).prepend(card);
  apply(form.closest<HTMLElement>(".board")!, answer);
  form.reset();
  form.querySelector<HTMLInputElement>("[name=title]")?.focus();
}

// -- menu ----------------------------------------------------------------------------------------------------------
let chosen: Card | null = null;

/** Beside its button on a wide screen; on a phone the style sheet makes it a sheet. */
function place(menu: HTMLElement, opener: HTMLElement): void {
  const box = opener.getBoundingClientRect();
  const wide = innerWidth > 720;
  menu.style.left = wide ? `${Math.max(8, Math.min(box.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px` : "";
  menu.style.top = wide ? `${Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8)}px` : "";
}

function onClick(event: MouseEvent): void {
  if (justDragged) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const target = event.target as Element;
  const opener = target.closest<HTMLElement>("[data-move-to]");
  const menu = document.querySelector<HTMLElement>("[data-move-menu]");
  if (opener && menu) {
    event.preventDefault();
    chosen = cardOf(opener);
    const here = columnOf(chosen)?.dataset.column;
    menu.querySelectorAll<HTMLButtonElement>("[data-to]").forEach((item) => {
      item.disabled = item.dataset.to === here;
    });
    menu.showPopover();
    place(menu, opener);
    menu.querySelector<HTMLButtonElement>("[data-to]:not(:disabled)")?.focus();
    return;
  }
  const item = target.closest<HTMLElement>("[data-to]");
  if (item && menu?.contains(item) && chosen) {
    menu.hidePopover();
    const column = boardOf(standing(chosen))?.querySelector<HTMLElement>(`[data-column="${CSS.escape(item.dataset.to!)}"]`);
    if (column) void move(chosen, column);
  }
}

/** Makes one card of a board the tab stop; the arrows reach the others. */
function settle(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-board]").forEach((board) => {
    board.querySelectorAll<HTMLElement>("[data-open]").forEach((one, index) => (one.tabIndex = index ? -1 : 0));
  });
}

let listening = false;

/** Settles the boards inside `root`; listens on the document from the first call on. */
export function startBoard(root: ParentNode): void {
  settle(root);
  if (listening) return;
  listening = true;
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
  document.addEventListener("dragstart", (event) => {
    if (cardOf(event.target)) event.preventDefault();
  });
  document.addEventListener("click", onClick, true);
  document.addEventListener("htmx:afterRequest", onAdded);
  document.addEventListener("toggle", (event) => {
    const adding = event.target as HTMLElement;
    if (adding.matches?.(".board-add[open]")) adding.querySelector<HTMLInputElement>("[name=title]")?.focus();
  }, true);
}
