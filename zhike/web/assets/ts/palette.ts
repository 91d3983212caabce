// The search box over the page: opened by Ctrl/⌘ K, filled by the server as one types, walked with the arrows.

import htmx from "htmx.org";
import { openDialog } from "./dialog";

const box = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#palette");
const options = (): HTMLElement[] => [...(box()?.querySelectorAll<HTMLElement>("[role=option]") ?? [])];

/** Opens the search box; `text` is put into it. */
export function openPalette(text = ""): void {
  const dialog = box();
  const input = dialog?.querySelector<HTMLInputElement>("input[name=q]");
  if (!dialog || !input) return;
  if (text) input.value = text;
  openDialog(dialog);
  input.focus();
  input.select();
  htmx.trigger(input, "palette-open", {});
}

function choose(option: HTMLElement | undefined): void {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  option?.scrollIntoView({ block: "nearest" });
  const input = box()?.querySelector<HTMLInputElement>("input[name=q]");
  if (option?.id) input?.setAttribute("aria-activedescendant", option.id);
}

function onKey(event: KeyboardEvent): void {
  const dialog = box();
  if (!dialog?.open || !dialog.contains(event.target as Node) || event.isComposing) return;
  const all = options();
  const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) choose(all[(here + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
  } else if (event.key === "Enter" && all[here]) {
    event.preventDefault();
    all[here].click();
  }
}

export function startPalette(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest("[data-palette]");
    if (!opener || (event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey) return;
    event.preventDefault();
    openPalette();
  });
  document.addEventListener("pointermove", (event) => {
    const option = (event.target as Element).closest?.<HTMLElement>("#palette [role=option]");
    if (option && option.getAttribute("aria-selected") !== "true") choose(option);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if ((event.target as Element).id === "palette-hits") choose(options()[0]);
  });
}
