// The conditions of a list while they are open: lists of options close by themselves and show what was ticked.
// Loaded when the conditions open.

function tagsOf(box: HTMLDetailsElement): void {
  const place = box.querySelector<HTMLElement>("summary > .cut");
  const ticked = [...box.querySelectorAll<HTMLInputElement>("input:checked")];
  const empty = box.dataset.empty ?? "";
  if (!place) return;
  if (ticked.length) place.replaceChildren(...ticked.map((one) => one.parentElement!.querySelector(".tag")!.cloneNode(true)));
  else {
    const said = document.createElement("span");
    said.className = "muted";
    said.textContent = empty;
    place.replaceChildren(said);
  }
}

function onChange(event: Event): void {
  const box = (event.target as Element).closest<HTMLDetailsElement>(".pick-many");
  if (!box) return;
  if (!box.matches(".is-field")) return tagsOf(box);
  box.open = false;
  box.querySelector("summary")?.focus(); // where it stays when the row is drawn anew
}

function closeOthers(keep: Element | null): void {
  document.querySelectorAll<HTMLDetailsElement>(".pick-many[open]").forEach((one) => {
    if (one !== keep) one.open = false;
  });
}

function onKey(event: KeyboardEvent): void {
  const box = (event.target as Element).closest<HTMLDetailsElement>(".pick-many[open]");
  if (!box) return;
  const shown = [...box.querySelectorAll<HTMLInputElement>(".menu label:not([hidden]) input")];
  if (event.key === "Enter" && (event.target as Element).closest(".menu")) {
    event.preventDefault(); // the first that was found, not the whole form
    (shown.find((one) => one === document.activeElement) ?? shown[0])?.click();
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    box.open = false;
    box.querySelector("summary")?.focus();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    const here = shown.indexOf(document.activeElement as HTMLInputElement);
    shown[(here + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length]?.focus();
  }
}

function onToggle(event: Event): void {
  const box = event.target as HTMLDetailsElement;
  if (box.matches(".pick-many.is-field[open]")) box.querySelector<HTMLElement>("[data-find-in]")?.focus();
}

let started = false;

/** Listens from the first call on. */
export function startBuilder(): void {
  if (started) return;
  started = true;
  document.addEventListener("change", onChange);
  document.addEventListener("click", (event) => closeOthers((event.target as Element).closest(".pick-many")));
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("toggle", onToggle, true);
}
