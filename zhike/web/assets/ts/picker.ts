// Inputs that find records while one types (a combobox over a list the server sends), chips of many-links,
// and the province, city, district selects. Without script the typed name is looked up when the form is saved.

const WAIT = 160;
const timers = new WeakMap<HTMLElement, number>();
const asked = new WeakMap<HTMLElement, string>();

const pickerOf = (node: EventTarget | null): HTMLElement | null =>
  node instanceof Element ? node.closest<HTMLElement>("[data-picker]") : null;
const inputOf = (picker: HTMLElement): HTMLInputElement => picker.querySelector<HTMLInputElement>("[data-pick-text]")!;
const hiddenOf = (picker: HTMLElement): HTMLInputElement | null => picker.querySelector("[data-pick-id]");
const listOf = (picker: HTMLElement): HTMLElement => picker.querySelector<HTMLElement>("[role=listbox]")!;
const optionsOf = (picker: HTMLElement): HTMLElement[] => [...listOf(picker).querySelectorAll<HTMLElement>("[role=option]")];

function close(picker: HTMLElement): void {
  listOf(picker).hidden = true;
  inputOf(picker).setAttribute("aria-expanded", "false");
  inputOf(picker).removeAttribute("aria-activedescendant");
}

function mark(picker: HTMLElement, index: number): void {
  const options = optionsOf(picker);
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  const chosen = options[index];
  if (!chosen) return inputOf(picker).removeAttribute("aria-activedescendant");
  chosen.scrollIntoView({ block: "nearest" });
  inputOf(picker).setAttribute("aria-activedescendant", chosen.id);
}

const marked = (picker: HTMLElement): number =>
  optionsOf(picker).findIndex((option) => option.getAttribute("aria-selected") === "true");

async function suggest(picker: HTMLElement): Promise<void> {
  const input = inputOf(picker);
  const url = new URL(picker.dataset.picker!, location.href);
  url.searchParams.set("q", hiddenOf(picker)?.value ? "" : input.value.trim());
  url.searchParams.set("for", input.id);
  asked.set(picker, url.href);
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok || asked.get(picker) !== url.href || document.activeElement !== input) return;
    listOf(picker).innerHTML = await response.text();
  } catch {
    return;
  }
  const taken = new Set([...picker.querySelectorAll<HTMLInputElement>("[data-chip] input")].map((one) => one.value));
  optionsOf(picker).forEach((option) => {
    if (taken.has(option.dataset.id!)) option.remove();
  });
  listOf(picker).hidden = false;
  input.setAttribute("aria-expanded", "true");
  if (input.value.trim() && optionsOf(picker).length) mark(picker, 0);
}

function later(picker: HTMLElement): void {
  clearTimeout(timers.get(picker));
  timers.set(picker, window.setTimeout(() => void suggest(picker), WAIT));
}

function changed(node: HTMLElement): void {
  node.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Takes an option: into the hidden id of a single picker, or as one more chip. */
function take(picker: HTMLElement, option: HTMLElement): void {
  const input = inputOf(picker);
  const title = option.dataset.title ?? option.textContent!.trim();
  const template = picker.querySelector<HTMLTemplateElement>("template");
  if (template) {
    const chip = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    chip.querySelector("input")!.value = option.dataset.id!;
    chip.querySelector("[data-name]")!.textContent = title;
    input.before(chip);
    input.value = "";
  } else {
    hiddenOf(picker)!.value = option.dataset.id!;
    picker.querySelector<HTMLInputElement>("[data-pick-was]")!.value = title;
    input.value = title;
  }
  close(picker);
  changed(input);
}

function onInput(event: Event): void {
  const picker = pickerOf(event.target);
  if (!picker || event.target !== inputOf(picker)) return;
  const hidden = hiddenOf(picker);
  if (hidden) hidden.value = "";
  later(picker);
}

function onKey(event: KeyboardEvent): void {
  const picker = pickerOf(event.target);
  if (!picker || event.target !== inputOf(picker) || event.isComposing) return;
  const open = !listOf(picker).hidden;
  const count = optionsOf(picker).length;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!open) return void suggest(picker);
    if (count) mark(picker, (marked(picker) + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
  } else if (event.key === "Enter" && open && marked(picker) >= 0) {
    event.preventDefault();
    take(picker, optionsOf(picker)[marked(picker)]);
  } else if (event.key === "Escape" && open) {
    event.preventDefault();
    event.stopPropagation();
    close(picker);
  } else if (event.key === "Backspace" && !inputOf(picker).value) {
    picker.querySelector<HTMLElement>("[data-chip]:last-of-type")?.remove();
  }
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  const picker = pickerOf(target);
  document.querySelectorAll<HTMLElement>("[data-picker]").forEach((other) => {
    if (other !== picker) close(other);
  });
  if (!picker) return;
  const option = target.closest<HTMLElement>("[role=option]");
  if (option) return take(picker, option);
  if (target.closest("[data-chip-off]")) {
    target.closest("[data-chip]")!.remove();
    inputOf(picker).focus();
    return;
  }
  if (target.closest("[data-pick-clear]")) {
    hiddenOf(picker)!.value = "";
    inputOf(picker).value = "";
    changed(inputOf(picker));
    inputOf(picker).focus();
    return;
  }
  if (target === inputOf(picker) && listOf(picker).hidden) later(picker);
}

// -- regions -------------------------------------------------------------------------------------------------------
type Region = [code: string, name: string, children?: Region[]];
let regions: Promise<Region[]> | null = null;

function fill(select: HTMLSelectElement, choices: Region[], value: string): void {
  const first = select.options[0];
  select.replaceChildren(first, ...choices.map(([code, name]) => new Option(name, code, false, code === value)));
  select.disabled = !choices.length;
}

async function onRegion(event: Event): Promise<void> {
  const select = event.target as HTMLSelectElement;
  const box = select.closest?.<HTMLElement>("[data-regions]");
  if (!box || !(select instanceof HTMLSelectElement)) return;
  const level = select.dataset.level;
  if (level === "country") {
    box.querySelectorAll<HTMLElement>("[data-in]").forEach((part) => {
      const inside = (part.dataset.in === "CN") === (select.value === "CN");
      part.hidden = !inside;
      part.querySelectorAll<HTMLInputElement>("input, select").forEach((one) => (one.disabled = !inside));
    });
    return;
  }
  if (level !== "region" && level !== "city") return;
  regions ??= fetch(box.dataset.regions!).then((response) => response.json() as Promise<Region[]>);
  const provinces = await regions;
  const get = (name: string): HTMLSelectElement => box.querySelector<HTMLSelectElement>(`select[data-level=${name}]`)!;
  const cities = provinces.find(([code]) => code === get("region").value)?.[2] ?? [];
  if (level === "region") fill(get("city"), cities, cities.length === 1 ? cities[0][0] : "");
  fill(get("district"), cities.find(([code]) => code === get("city").value)?.[2] ?? [], "");
}

let listening = false;

/** Listens on the document from the first call on, so that inputs swapped in later work too. */
export function startPicker(): void {
  if (listening) return;
  listening = true;
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("change", (event) => void onRegion(event));
  document.addEventListener("focusin", (event) => {
    const picker = pickerOf(event.target);
    if (picker && event.target === inputOf(picker) && !inputOf(picker).value) later(picker);
  });
  document.addEventListener("focusout", (event) => {
    const picker = pickerOf(event.target);
    if (picker && !picker.contains(event.relatedTarget as Node | null)) setTimeout(() => close(picker), WAIT);
  });
}
