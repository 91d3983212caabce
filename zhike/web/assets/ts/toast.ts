// One sentence at the bottom of the page. With an offer to undo it stays longer, and as long as it is looked at.

import { token, words } from "./words";

const SHORT = 5000;
const LONG = 12000;

export interface Toast {
  text: string;
  undo?: string;
  bad?: boolean;
  link?: { text: string; url: string };
  again?: () => void;
}

/** Shows a toast; the one before goes. */
export function toast(said: Toast): void {
  const place = document.getElementById("toasts");
  if (!place || !said.text) return;
  const box = document.createElement("div");
  box.className = "toast";
  if (said.bad) box.dataset.bad = "";
  const text = document.createElement("span");
  text.textContent = said.text;
  box.append(text);
  if (said.undo) box.append(undoForm(said.undo));
  if (said.link) {
    const link = document.createElement("a");
    link.className = "button is-quiet is-small";
    link.href = said.link.url;
    link.textContent = said.link.text;
    link.target = "_blank";
    box.append(link);
  }
  if (said.again) box.append(againButton(said.again, box));
  place.replaceChildren(box);
  keep(box);
}

/** What an answer's header HX-Trigger wants said. */
export function toastOf(header: string | null): Toast | undefined {
  return header?.startsWith("{") ? (JSON.parse(header) as Record<string, Toast>)["zhike:toast"] : undefined;
}

/** Starts the clock of toasts that came with the page. */
export function startToasts(): void {
  document.querySelectorAll<HTMLElement>("#toasts > .toast").forEach(keep);
}

function againButton(again: () => void, box: HTMLElement): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button is-quiet is-small";
  button.textContent = words("again");
  button.addEventListener("click", () => {
    box.remove();
    again();
  });
  return button;
}

function undoForm(url: string): HTMLFormElement {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  const hidden = document.createElement("input");
  hidden.type = "hidden";
  hidden.name = "csrfmiddlewaretoken";
  hidden.value = token();
  const button = document.createElement("button");
  button.className = "button is-quiet is-small";
  button.textContent = words("undo");
  form.append(hidden, button);
  return form;
}

function keep(box: HTMLElement): void {
  const offers = box.querySelector("form, a, button") !== null;
  let clock = 0;
  const go = (): void => {
    window.clearTimeout(clock);
    clock = window.setTimeout(() => box.remove(), offers || box.dataset.bad !== undefined ? LONG : SHORT);
  };
  const stay = (): void => window.clearTimeout(clock);
  box.addEventListener("pointerenter", stay);
  box.addEventListener("pointerleave", go);
  box.addEventListener("focusin", stay);
  box.addEventListener("focusout", go);
  go();
}
