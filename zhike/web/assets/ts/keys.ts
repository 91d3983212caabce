// Keys. Single letters rest while something is being typed, and can be switched off for good in the preferences.

import { editCell, firstCell } from "./cells";
import { foldRail } from "./device";
import { openDialog } from "./dialog";
import { closePeek, currentRow, moveRow, peek, tick, untick } from "./list";
import { openPalette } from "./palette";

const GO = 1200;
let going = 0;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || (target.matches("input, textarea, select") && !target.matches("[type=checkbox], [type=radio], [type=button]")));

function press(selector: string): boolean {
  const found = [...document.querySelectorAll<HTMLElement>(selector)].find((one) => one.getClientRects().length > 0);
  if (!found) return false;
  if (found.matches("input, textarea")) found.focus();
  else found.click();
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.key === "Escape") return onEscape(event);
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.body.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  if (letter(event)) event.preventDefault();
}

function onEscape(event: KeyboardEvent): void {
  if (document.querySelector("dialog:modal, [popover]:popover-open")) return;
  if (typing(event.target)) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (untick() || closePeek()) event.preventDefault();
}

function letter(event: KeyboardEvent): boolean {
  if (going && Date.now() - going < GO) {
    going = 0;
    return press(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
  }
  switch (event.key) {
    case "g":
      going = Date.now();
      return true;
    case "/":
      if (!press("[data-filter]")) openPalette();
      return true;
    case "?": {
      const keys = document.querySelector<HTMLDialogElement>("#keys");
      if (keys) openDialog(keys);
      return true;
    }
    case "[":
      foldRail();
      return true;
    case "j":
      if (!press("[data-after]")) moveRow(1);
      return true;
    case "k":
      if (!press("[data-before]")) moveRow(-1);
      return true;
    case "t":
      return press("[data-today]");
    case "n":
      return press("[data-new]");
    case "e":
      return edit();
    case "l":
      return press("[data-log]");
    case "f":
      return press("[data-follow]");
    case "F":
      return press("[data-favourite]");
    case "x":
    case "X":
      tick(currentRow(), event.shiftKey);
      return true;
    case " ":
      if (!document.querySelector("[data-list]") || (event.target as Element).closest("button, summary")) return false;
      peek(currentRow(), true);
      return true;
    case "Enter":
      if ((event.target as Element).closest("a, button, summary, label, input")) return false;
      currentRow()?.querySelector<HTMLElement>("a[data-title]")?.click();
      return true;
    default:
      return false;
  }
}

function edit(): boolean {
  const row = currentRow();
  const link = row?.querySelector<HTMLAnchorElement>("a[data-title]");
  if (row && link) {
    if (!editCell(firstCell(row))) location.assign(`${link.href}/edit`);
    return true;
  }
  return press("[data-edit]");
}

export function startKeys(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-show-keys]")) return;
    const keys = document.querySelector<HTMLDialogElement>("#keys");
    document.querySelectorAll<HTMLElement>("[popover]:popover-open").forEach((one) => one.hidePopover());
    if (keys) openDialog(keys);
  });
}
