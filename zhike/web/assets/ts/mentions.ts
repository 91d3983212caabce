// @ in a comment opens the people who may see the record. Without a script the name after @ is looked up when it is saved.

import { insert } from "./composer";

const WAIT = 140;
let clock = 0;

const listOf = (line: HTMLElement): HTMLElement => document.getElementById(line.getAttribute("aria-controls")!)!;
const optionsOf = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];

/** The place of the @ whose name is being typed, and the name so far; null when there is none. */
function asked(line: HTMLTextAreaElement): [number, string] | null {
  const before = line.value.slice(0, line.selectionStart);
  const hit = /[@＠]([^@＠\s]{0,20})$/.exec(before);
  return hit ? [hit.index, hit[1]] : null;
}

function close(line: HTMLTextAreaElement): void {
  listOf(line).hidden = true;
  line.setAttribute("aria-expanded", "false");
}

async function suggest(line: HTMLTextAreaElement): Promise<void> {
  const wanted = asked(line);
  if (!wanted) return close(line);
  const url = `${line.dataset.people!}?q=${encodeURIComponent(wanted[1])}`;
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || asked(line)?.[1] !== wanted[1]) return;
  const list = listOf(line);
  list.innerHTML = await answer.text();
  list.hidden = wanted[1].length > 0 && !optionsOf(list).length && /[,，。.;；]/.test(wanted[1]);
  line.setAttribute("aria-expanded", String(!list.hidden));
}

function take(line: HTMLTextAreaElement, option: HTMLElement | undefined): void {
  const wanted = asked(line);
  if (!option || !wanted) return;
  const picked = Object.assign(document.createElement("input"), { type: "hidden", name: "mentions", value: option.dataset.id! });
  picked.dataset.name = option.dataset.title!;
  line.form!.append(picked);
  close(line);
  insert(line, `@${option.dataset.title!} `, wanted[0], line.selectionStart);
  close(line);
}

function onInput(event: Event): void {
  const line = event.target as HTMLTextAreaElement;
  if (!line.matches?.("[data-people]")) return;
  line.form!.querySelectorAll<HTMLInputElement>("input[name=mentions]").forEach((one) => {
    if (!line.value.includes(`@${one.dataset.name ?? ""}`)) one.remove();
  });
  clearTimeout(clock);
  clock = window.setTimeout(() => void suggest(line), WAIT);
}

function onKey(event: KeyboardEvent): void {
  const line = event.target as HTMLTextAreaElement;
  if (!line.matches?.("[data-people]") || event.isComposing || listOf(line).hidden) return;
  const options = optionsOf(listOf(line));
  const here = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = (here + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    options.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
    if (options[next]) line.setAttribute("aria-activedescendant", options[next].id);
  } else if ((event.key === "Enter" || event.key === "Tab") && options[here]) {
    take(line, options[here]);
  } else if (event.key === "Escape") {
    close(line);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

let listening = false;

/** Listens on the document from the first call on. */
export function startMentions(): void {
  if (listening) return;
  listening = true;
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("pointerdown", (event) => {
    const option = (event.target as Element).closest<HTMLElement>(".people-list [role=option]");
    const line = option?.closest("form")?.querySelector<HTMLTextAreaElement>("[data-people]");
    if (line) {
      event.preventDefault();
      take(line, option!);
    }
  });
  document.addEventListener("click", (event) => {
    const line = (event.target as Element).closest("[data-at]")?.closest("form")?.querySelector<HTMLTextAreaElement>("[data-people]");
    if (line) insert(line, "@");
  });
  document.addEventListener("focusout", (event) => {
    const line = event.target as HTMLTextAreaElement;
    if (line.matches?.("[data-people]")) window.setTimeout(() => close(line), WAIT);
  });
}
