// The search box over the page: opened by Ctrl/⌘ K, filled by the server as one types, walked with the arrows. Only the
// answer to what stands in the box now is shown: answers to older keystrokes are dropped.

import htmx from "htmx.org";
import { openDialog } from "./dialog";
import { words } from "./words";

const PAUSE = 90;
const PATIENCE = 150;

const box = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#palette");
const field = (): HTMLInputElement | null => box()?.querySelector<HTMLInputElement>("input[name=q]") ?? null;
const list = (): HTMLElement | null => document.getElementById("palette-hits");
const options = (): HTMLElement[] => [...(box()?.querySelectorAll<HTMLElement>("[role=option]") ?? [])];

let question = 0; // the newest question; an answer to any other is too late
let asking: AbortController | null = null;
let clock = 0;
let waiting = false; // an answer is under way
let enter = false; // Enter was pressed before the answer came: it opens the first result

/** Opens the search box; `text` is put into it. */
export function openPalette(text = ""): void {
  const dialog = box();
  const input = field();
  if (!dialog || !input) return;
  if (text) input.value = text;
  openDialog(dialog);
  input.focus();
  input.select();
  ask(0);
}

// -- asking --------------------------------------------------------------------------------------------------------
function ask(pause = PAUSE): void {
  question += 1;
  asking?.abort();
  window.clearTimeout(clock);
  waiting = true;
  enter = false;
  const mine = question;
  clock = window.setTimeout(() => void fetchHits(mine), pause);
}

async function fetchHits(mine: number): Promise<void> {
  const dialog = box();
  const input = field();
  const place = list();
  if (!dialog || !input || !place) return;
  const asked = new URLSearchParams({ q: input.value, at: location.pathname });
  for (const name of ["only", "in"]) if (dialog.dataset[name]) asked.set(name, dialog.dataset[name]!);
  asking = new AbortController();
  const late = window.setTimeout(() => place.setAttribute("aria-busy", "true"), PATIENCE);
  try {
    const answer = await fetch(`/search?${asked}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
    const text = await answer.text();
    if (mine !== question) return;
    if (answer.ok) show(text);
    else refuse(answer.headers.get("X-Zhike-Sign-In"), answer.status === 401 ? words("signedOut") : words("failed"));
  } catch (error) {
    if (mine === question && (error as Error).name !== "AbortError") refuse(null, words("offline"));
  } finally {
    window.clearTimeout(late);
    if (mine === question) place.removeAttribute("aria-busy");
  }
}

function show(text: string): void {
  const place = list()!;
  const parsed = new DOMParser().parseFromString(text, "text/html");
  place.replaceChildren(...parsed.body.childNodes);
  place.scrollTop = 0;
  htmx.process(place);
  waiting = false;
  choose(options()[0]);
  if (enter && options()[0]) options()[0].click();
  enter = false;
}

/** The question failed: said in place, what was typed stays, and the question can be asked again. */
function refuse(signIn: string | null, text: string): void {
  waiting = false;
  const note = document.createElement("div");
  note.className = "empty";
  note.setAttribute("role", "alert");
  const said = document.createElement("b");
  said.textContent = text;
  const again = document.createElement(signIn ? "a" : "button");
  again.className = "button is-small";
  again.textContent = signIn ? words("signIn") : words("again");
  if (again instanceof HTMLAnchorElement) again.href = signIn!;
  else again.addEventListener("click", () => {
    field()?.focus();
    ask(0);
  });
  note.append(said, again);
  list()!.replaceChildren(note);
  field()?.removeAttribute("aria-activedescendant");
}

// -- narrowing to one object ---------------------------------------------------------------------------------------
function narrow(plural: string, label: string): void {
  const dialog = box()!;
  dialog.dataset.only = plural;
  const chip = dialog.querySelector<HTMLElement>("[data-only-chip]");
  if (chip) {
    chip.hidden = !plural;
    chip.querySelector("span")!.textContent = label;
  }
  field()?.focus();
  ask(0);
}

/** The object whose name the box begins to say. */
function named(): HTMLElement | undefined {
  const said = field()?.value.trim().toLowerCase() ?? "";
  if (!said) return undefined;
  const chips = [...(box()?.querySelectorAll<HTMLElement>("[data-only][data-names]") ?? [])];
  const names = (chip: HTMLElement): string[] => [...(chip.dataset.names ?? "").split(" "), (chip.dataset.label ?? "").toLowerCase()];
  return chips.find((chip) => names(chip).includes(said)) ?? chips.find((chip) => names(chip).some((name) => name.startsWith(said)));
}

// -- choosing ------------------------------------------------------------------------------------------------------
function choose(option: HTMLElement | undefined): void {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  option?.scrollIntoView({ block: "nearest" });
  if (option?.id) field()?.setAttribute("aria-activedescendant", option.id);
  else field()?.removeAttribute("aria-activedescendant");
}

function onKey(event: KeyboardEvent): void {
  const dialog = box();
  const input = field();
  if (!dialog?.open || !dialog.contains(event.target as Node) || event.isComposing) return;
  const inField = event.target === input;
  const all = options();
  const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) choose(all[(here + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
  } else if (event.key === "Enter" && inField) {
    event.preventDefault();
    if (waiting) enter = true;
    else if (all[here] instanceof HTMLAnchorElement && (event.metaKey || event.ctrlKey)) window.open((all[here] as HTMLAnchorElement).href, "_blank", "noopener");
    else all[here]?.click();
  } else if (event.key === "Tab" && !event.shiftKey && inField && !dialog.dataset.only && named()) {
    event.preventDefault();
    const chip = named()!;
    input!.value = "";
    narrow(chip.dataset.only!, chip.dataset.label ?? "");
  } else if (event.key === "Backspace" && inField && dialog.dataset.only && !input!.value) {
    event.preventDefault();
    narrow("", "");
  }
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  const dialog = box();
  if (dialog?.contains(target)) {
    const chip = target.closest<HTMLElement>("[data-only][data-label]");
    if ((chip && !event.ctrlKey && !event.metaKey) || target.closest("[data-everywhere], [data-unnarrow]")) {
      event.preventDefault();
      narrow(chip?.dataset.only ?? "", chip?.dataset.label ?? "");
      return;
    }
    const option = target.closest<HTMLAnchorElement>("[role=option]");
    if (option && !event.ctrlKey && !event.metaKey) dialog.close();
    return;
  }
  const opener = target.closest("[data-palette]");
  if (!opener || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openPalette();
}

export function startPalette(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("input", (event) => {
    if (event.target === field() && !(event as InputEvent).isComposing) ask();
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target === field()) ask();
  });
  document.addEventListener("pointermove", (event) => {
    const option = (event.target as Element).closest?.<HTMLElement>("#palette [role=option]");
    if (option && option.getAttribute("aria-selected") !== "true") choose(option);
  });
}
