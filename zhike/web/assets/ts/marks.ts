// Favourites in the rail: loaded when they are unfolded, remembered on this device, kept in step with the star. And the
// small acts of a record page: printing, closing a form inside a list, the arrows of the file dialog.

import htmx from "htmx.org";

const KEY = "zhike.favourites";
const fold = (): HTMLDetailsElement | null => document.querySelector<HTMLDetailsElement>("[data-favourites]");

function load(): void {
  const list = fold()?.querySelector("nav");
  if (list) void htmx.ajax("get", "/favourites", { target: list, swap: "innerHTML" });
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  if (target.closest?.("[data-print]")) {
    document.querySelectorAll<HTMLElement>("[popover]:popover-open").forEach((one) => one.hidePopover());
    window.print();
  }
  const form = target.closest?.("[data-cancel-add]") ? target.closest<HTMLElement>(".add-here") : null;
  if (form) {
    form.replaceChildren();
    form.parentElement?.querySelector<HTMLElement>("header .push")?.focus();
  }
}

function onKey(event: KeyboardEvent): void {
  const side = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
  if (!side || event.defaultPrevented) return;
  document.querySelector<HTMLElement>(`dialog.look[open] [data-look-${side}]`)?.click();
}

export function startMarks(): void {
  const details = fold();
  if (details) {
    details.addEventListener("toggle", () => {
      localStorage.setItem(KEY, details.open ? "open" : "");
      if (details.open) load();
    });
    if (localStorage.getItem(KEY)) details.open = true;
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    const path = (event as CustomEvent<{ pathInfo?: { requestPath?: string } }>).detail.pathInfo?.requestPath ?? "";
    if (path.endsWith("/marks/favourite") && fold()?.open) load();
  });
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
}
