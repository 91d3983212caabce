// The record page and its forms: parts on phones, the follow-up line that reads a way and a date out of what is typed,
// saving with Ctrl/Cmd+Enter, and the focus after a refused save.

import { toast } from "./toast";

// -- parts on phones -----------------------------------------------------------------------------------------------
function showPart(tab: HTMLAnchorElement): void {
  const name = tab.dataset.partTab!;
  document.querySelectorAll<HTMLElement>("[data-part-tab]").forEach((one) => one.removeAttribute("aria-current"));
  tab.setAttribute("aria-current", "page");
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  const grid = document.querySelector<HTMLElement>(".record");
  if (!grid) return;
  grid.dataset.show = name;
  grid.querySelectorAll<HTMLElement>("[data-piece]").forEach((piece) => {
    piece.classList.toggle("is-shown", piece.dataset.piece === name);
  });
  history.replaceState(history.state, "", tab.href);
}

// -- the follow-up line --------------------------------------------------------------------------------------------
const WEEKDAYS = "日一二三四五六";
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const plus = (from: Date, days: number): Date => new Date(from.getFullYear(), from.getMonth(), from.getDate() + days);
const weekday = (from: Date, day: number, nextWeek: boolean): Date => {
  if (!nextWeek) return plus(from, (day - from.getDay() + 7) % 7 || 7);
  const monday = plus(from, 7 - ((from.getDay() + 6) % 7));
  return plus(monday, (day + 6) % 7);
};
const inMonth = (from: Date, month: number, day: number): Date => {
  const soon = new Date(from.getFullYear(), month, day);
  return soon < plus(from, 0) ? new Date(from.getFullYear() + 1, month, day) : soon;
};

/** The last date named in a sentence of Chinese or English, counted from `from`; null when there is none. */
export function dateIn(text: string, from: Date): Date | null {
  const line = text.toLowerCase();
  const readers: [RegExp, (found: RegExpMatchArray) => Date | null][] = [
    [/大后天/g, () => plus(from, 3)],
    [/(?<!大)后天|day after tomorrow/g, () => plus(from, 2)],
    [/明天|明早|(?<!after )\btomorrow\b/g, () => plus(from, 1)],
    [/(下)?(?:周|星期|礼拜)([一二三四五六日天])/g, (hit) => weekday(from, Math.max(0, WEEKDAYS.indexOf(hit[2])), !!hit[1])],
    [/\b(next )?(sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur?)(?:day)?\b/g, (hit) => weekday(from, DAYS.indexOf(hit[2].slice(0, 3)), !!hit[1])],
    [/(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?/g, (hit) => inMonth(from, Number(hit[1]) - 1, Number(hit[2]))],
    [/\b(\d{1,2}) (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/g, (hit) => inMonth(from, MONTHS.indexOf(hit[2]), Number(hit[1]))],
    [/(\d{1,3})\s*天[以之]?后|\bin (\d{1,3}) days?\b/g, (hit) => plus(from, Number(hit[1] ?? hit[2]))],
    [/(?<![月\d])(\d{1,2})\s*号/g, (hit) => {
      const day = Number(hit[1]);
      return new Date(from.getFullYear(), from.getMonth() + (day < from.getDate() ? 1 : 0), day);
    }],
  ];
  let best: [number, Date] | null = null;
  for (const [pattern, read] of readers) {
    for (const hit of line.matchAll(pattern)) {
      const day = read(hit);
      if (day && !Number.isNaN(day.getTime()) && (!best || hit.index! > best[0])) best = [hit.index!, day];
    }
  }
  return best?.[1] ?? null;
}

const iso = (day: Date): string =>
  `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;

function understand(line: HTMLInputElement | HTMLTextAreaElement): void {
  const composer = line.closest<HTMLElement>("[data-composer]")!;
  const said = line.value.trim().toLowerCase();
  const date = composer.querySelector<HTMLInputElement>("[data-next]");
  if (date && !date.dataset.typed) {
    const found = dateIn(said, new Date());
    date.value = found ? iso(found) : "";
    composer.querySelector("[data-next-box]")?.classList.toggle("is-set", !!date.value);
  }
  if (!composer.dataset.wayChosen) {
    const ways = [...composer.querySelectorAll<HTMLInputElement>("[data-way]")];
    const words = (way: HTMLInputElement): string[] => (way.dataset.way ?? "").toLowerCase().split("|").filter(Boolean);
    const found = ways.find((way) => words(way).some((word) => said.startsWith(word)));
    if (found) found.checked = true;
  }
}

function onInput(event: Event): void {
  const target = event.target as HTMLElement;
  const composer = target.closest<HTMLElement>("[data-composer]");
  if (!composer) return;
  if (target.matches("[data-next]")) {
    target.dataset.typed = "yes";
    composer.querySelector("[data-next-box]")?.classList.toggle("is-set", !!(target as HTMLInputElement).value);
  } else if (target.matches("[data-way]")) {
    composer.dataset.wayChosen = "yes";
  } else if (target.matches("[data-line]")) {
    understand(target as HTMLInputElement);
    if (target instanceof HTMLTextAreaElement && !CSS.supports("field-sizing", "content")) {
      target.style.height = "auto";
      target.style.height = `${Math.min(target.scrollHeight, 220)}px`;
    }
  }
}

// -- saving --------------------------------------------------------------------------------------------------------
function onKey(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
  const form = (event.target as Element).closest?.("form") ?? document.querySelector<HTMLFormElement>("form[data-save]");
  if (!form || !form.matches("[data-save], [data-composer], [data-fact-form], dialog form")) return;
  event.preventDefault();
  form.requestSubmit();
}

let leaving = false;
function guard(event: BeforeUnloadEvent): void {
  const dirty = document.querySelector("form[data-save][data-dirty]");
  if (dirty && !leaving) event.preventDefault();
}

/** A field opened in place takes the focus; Escape puts the value back. */
function focusFact(root: ParentNode): void {
  const form = (root as Element).closest?.("[data-fact-form]") ?? root.querySelector("[data-fact-form]");
  if (!form || form.contains(document.activeElement)) return;
  const input = form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea, [contenteditable]");
  input?.focus();
  if (input instanceof HTMLInputElement && ["text", "tel", "email", "url"].includes(input.type)) input.select();
}

function onEscape(event: KeyboardEvent): void {
  const form = (event.target as Element).closest?.("[data-fact-form]");
  if (event.key !== "Escape" || !form || event.defaultPrevented) return;
  event.preventDefault();
  form.querySelector<HTMLElement>("[data-cancel]")?.click();
}

function focusBanner(root: ParentNode): void {
  const banner = root.querySelector<HTMLElement>("[data-refused]");
  if (banner && !banner.dataset.seen) {
    banner.dataset.seen = "yes";
    banner.focus();
  }
}

// -- formatted text ------------------------------------------------------------------------------------------------
/** Turns a textarea of markup into a page one writes on; Ctrl/Cmd+B, I and U work as everywhere. The server cleans it. */
function enrich(source: HTMLTextAreaElement): void {
  const page = document.createElement("div");
  page.className = "input rich rich-input";
  page.contentEditable = "true";
  page.setAttribute("role", "textbox");
  page.setAttribute("aria-multiline", "true");
  page.setAttribute("aria-labelledby", source.getAttribute("aria-labelledby") ?? "");
  page.setAttribute("aria-label", source.labels?.[0]?.textContent ?? "");
  const held = new DOMParser().parseFromString(source.value, "text/html");
  held.querySelectorAll("script, style, iframe, object").forEach((one) => one.remove());
  page.append(...held.body.childNodes);
  page.addEventListener("input", () => (source.value = page.textContent?.trim() ? page.innerHTML : ""));
  page.addEventListener("blur", () => source.dispatchEvent(new Event("change", { bubbles: true })));
  page.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData?.getData("text/plain") ?? "");
  });
  source.hidden = true;
  source.after(page);
  source.labels?.[0]?.addEventListener("click", () => page.focus());
}

// -- files ---------------------------------------------------------------------------------------------------------
/** Shows which file was chosen, and offers its name where the form still lacks one. */
function onFile(event: Event): void {
  const input = event.target as HTMLInputElement;
  if (!input.matches?.("[data-file]")) return;
  const file = input.files?.[0];
  const box = input.closest(".drop");
  const shown = box?.querySelector<HTMLElement>("[data-file-name]");
  if (!file || !box || !shown) return;
  box.classList.add("is-filled");
  shown.textContent = file.name;
  const name = input.form?.querySelector<HTMLInputElement>("input[type=text][aria-required=true]");
  if (name && !name.value && !name.matches("[data-pick-text]")) name.value = file.name.replace(/\.[^.]+$/, "");
}

/** An address that ends in #composer means: write a follow-up now. */
function focusComposer(): void {
  if (location.hash === "#composer") document.querySelector<HTMLElement>("[data-log]")?.focus();
}

let listening = false;

/** Looks after what is inside `root`; listens on the document from the first call on. */
export function startRecord(root: ParentNode): void {
  focusBanner(root);
  if (root !== document) focusFact(root);
  root.querySelectorAll<HTMLTextAreaElement>("textarea[data-rich]:not([hidden])").forEach(enrich);
  if (listening) return;
  listening = true;
  focusComposer();
  addEventListener("hashchange", focusComposer);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onEscape);
  document.addEventListener("click", (event) => {
    const copy = (event.target as Element).closest?.<HTMLElement>("[data-copy]");
    if (copy) void navigator.clipboard?.writeText(copy.dataset.copy!).then(() => toast({ text: copy.dataset.copied ?? "✓" }));
    const tab = (event.target as Element).closest?.<HTMLAnchorElement>("[data-part-tab]");
    if (!tab || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    showPart(tab);
  });
  document.addEventListener("change", (event) => {
    (event.target as Element).closest<HTMLElement>("form[data-save]")?.setAttribute("data-dirty", "");
  });
  document.addEventListener("change", onFile);
  document.addEventListener("submit", (event) => {
    if ((event.target as Element).matches("[data-save]")) leaving = true;
  });
  addEventListener("beforeunload", guard);
}
