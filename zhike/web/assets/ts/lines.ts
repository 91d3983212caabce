// The lines of a document: a saved cell brings what follows from it, the other cells of its line and the totals.

async function follow(table: HTMLElement, row: HTMLElement): Promise<void> {
  const answer = await fetch(`${table.dataset.lines}?row=${row.dataset.row}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const cells = fresh.querySelectorAll<HTMLElement>(`tr[data-row="${CSS.escape(row.dataset.row ?? "")}"] > td`);
  [...row.children].forEach((cell, place) => {
    const now = cells[place];
    if (now && !cell.matches(".is-editing, .line-acts")) cell.innerHTML = now.innerHTML;
  });
  const totals = fresh.getElementById("line-totals");
  if (totals) table.querySelector("#line-totals")?.replaceWith(document.importNode(totals, true));
}

export function startLines(): void {
  document.addEventListener("htmx:afterSettle", (event) => {
    const cell = event.target as HTMLElement;
    if (!cell.matches?.("td[data-cell]") || cell.querySelector(".cell-form")) return;
    const [table, row] = [cell.closest<HTMLElement>("[data-lines]"), cell.closest<HTMLElement>("tr[data-row]")];
    if (table && row) void follow(table, row);
  });
}
