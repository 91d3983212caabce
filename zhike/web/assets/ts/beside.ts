// Previous and next on a record page. The address of the list the reader came from stays in this tab's storage; the
// server is asked for the neighbours in it.

import htmx from "htmx.org";

const KEY = "zhike.list.";

function remember(event: Event): void {
  const link = (event.target as Element).closest?.<HTMLAnchorElement>("[data-list] a[href], #peek a[href]");
  if (!link || !document.querySelector("[data-list]")) return;
  if (new URL(link.href).pathname.startsWith(`${location.pathname}/`)) {
    sessionStorage.setItem(KEY + location.pathname, location.search);
  }
}

/** Whether this page was reached from the list at `list` or from another of its records, or was only loaded again. */
function cameFrom(list: string): boolean {
  const entry = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  if (entry && entry.type !== "navigate") return true;
  const before = document.referrer.startsWith(`${location.origin}/`) ? new URL(document.referrer).pathname : "";
  return before === list || (before.startsWith(`${list}/`) && !before.endsWith("/board") && !before.endsWith("/new"));
}

function ask(): void {
  const place = document.getElementById("beside");
  const list = place?.dataset.listOf ?? "";
  const search = sessionStorage.getItem(KEY + list);
  if (!place || search === null) return;
  if (!cameFrom(list)) {
    sessionStorage.removeItem(KEY + list);
    return;
  }
  void htmx.ajax("get", `${place.dataset.beside}${search}`, { target: place, swap: "innerHTML", source: place });
}

export function startBeside(): void {
  document.addEventListener("click", remember, true);
  ask();
}
