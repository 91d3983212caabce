// The record page and its forms: parts on phones, saving with Ctrl/Cmd+Enter, and the focus after a refused save.

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
