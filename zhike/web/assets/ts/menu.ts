// Menus are native popovers. This adds arrow keys, and places them where the browser cannot anchor them itself.

const anchored = CSS.supports("position-area: bottom");

function place(menu: HTMLElement, source: HTMLElement): void {
  const from = source.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = from.bottom + 4 + height <= innerHeight || from.top < height;
  const top = below ? from.bottom + 4 : from.top - height - 4;
  const start = menu.dataset.align === "start" || from.right < width;
  const left = start ? from.left : from.right - width;
  Object.assign(menu.style, {
    position: "fixed",
    margin: "0",
    inset: "auto",
    top: `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`,
    left: `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`,
  });
}

function onToggle(event: Event): void {
  const menu = event.target as HTMLElement;
  if (!menu.matches?.(".menu[popover]") || (event as ToggleEvent).newState !== "open") return;
  const source = document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!anchored && source && !menu.matches(".is-sheet")) place(menu, source);
  menu.querySelector<HTMLElement>("[autofocus]")?.focus();
}

function onKey(event: KeyboardEvent): void {
  const menu = (event.target as Element).closest?.<HTMLElement>(".menu[popover]");
  const source = (event.target as Element).closest?.<HTMLElement>("[popovertarget]");
  if (!menu && source && event.key === "ArrowDown") {
    const opened = document.getElementById(source.getAttribute("popovertarget") ?? "");
    opened?.showPopover();
    opened?.querySelector<HTMLElement>(".item")?.focus();
    event.preventDefault();
    return;
  }
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key) || (event.target as Element).matches("textarea, select")) return;
  const items = [...menu.querySelectorAll<HTMLElement>("a.item, button.item, label.item input")].filter((one) => one.offsetParent);
  if (!items.length) return;
  const here = items.indexOf(document.activeElement as HTMLElement);
  const next = (here + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
  items[here < 0 && event.key === "ArrowUp" ? items.length - 1 : next]?.focus();
  event.preventDefault();
}

// Typing into [data-find-in] leaves only the items whose words hold the text.
function onInput(event: Event): void {
  const box = event.target as HTMLInputElement;
  const menu = box.matches?.("[data-find-in]") ? box.closest<HTMLElement>(".menu, form, section") : null;
  if (!menu) return;
  const wanted = box.value.trim().toLowerCase();
  menu.querySelectorAll<HTMLElement>("[data-words]").forEach((item) => {
    item.hidden = !(item.dataset.words ?? "").toLowerCase().includes(wanted);
  });
}

// A menu with several openers moves to the one clicked now, instead of closing.
const sources = new WeakMap<HTMLElement, Element>();
function onOpener(event: MouseEvent): void {
  const opener = (event.target as Element).closest<HTMLElement>("button[popovertarget]");
  const menu = opener && document.getElementById(opener.getAttribute("popovertarget") ?? "");
  if (!opener || !menu) return;
  const moved = menu.matches(":popover-open") && sources.get(menu) !== opener;
  sources.set(menu, opener);
  if (!moved) return;
  event.preventDefault();
  menu.hidePopover();
  (menu.showPopover as (options?: { source: HTMLElement }) => void)({ source: opener });
}

export function startMenus(): void {
  document.addEventListener("click", onOpener);
  document.addEventListener("toggle", onToggle, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", onInput);
}
