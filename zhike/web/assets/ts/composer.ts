// The follow-up line and the comment box: they grow, take files, photos and voice notes along, insert snippets, and open
// after a call. What a line means is read by the server; the tags come from there.

import htmx from "htmx.org";
import { toast } from "./toast";

const boxOf = (node: EventTarget | null): HTMLFormElement | null =>
  node instanceof Element ? node.closest<HTMLFormElement>("form[data-composer]") : null;
const lineOf = (box: HTMLElement): HTMLTextAreaElement => box.querySelector<HTMLTextAreaElement>("[data-line]")!;
const said = (box: HTMLElement, name: string): string => box.querySelector<HTMLElement>("[data-most]")?.dataset[name] ?? "";

/** Puts text where the cursor stands, as if it had been typed. */
export function insert(line: HTMLTextAreaElement, text: string, from = line.selectionStart, to = line.selectionEnd): void {
  line.focus();
  line.setRangeText(text, from, to, "end");
  line.dispatchEvent(new Event("input", { bubbles: true }));
}

function grow(line: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  line.style.height = "auto";
  line.style.height = `${Math.min(line.scrollHeight, 220)}px`;
}

// -- files ---------------------------------------------------------------------------------------------------------
const megabytes = (size: number): string => (size > 999_999 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(size / 1e3))} kB`);

/** One more file to send: an input of its own, and a chip that takes it away again. */
function attach(box: HTMLFormElement, file: File): void {
  const most = Number(said(box, "most"));
  if (most && file.size > most) return toast({ text: said(box, "tooLarge").replace("{name}", file.name), bad: true });
  const list = box.querySelector<HTMLElement>("[data-files]")!;
  const held = new DataTransfer();
  held.items.add(file);
  const input = Object.assign(document.createElement("input"), { type: "file", name: "files", hidden: true });
  input.files = held.files;
  const chip = document.createElement("li");
  chip.className = "tag log-file";
  if (file.type.startsWith("image/")) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    chip.append(picture);
  } else if (file.type.startsWith("audio/")) {
    const sound = document.createElement("audio");
    sound.controls = true;
    sound.src = URL.createObjectURL(file);
    chip.append(sound);
  }
  const name = document.createElement("span");
  name.className = "cut";
  name.textContent = `${file.name} · ${megabytes(file.size)}`;
  const off = Object.assign(document.createElement("button"), { type: "button", textContent: "×", className: "log-drop" });
  off.setAttribute("aria-label", `${said(box, "remove")} ${file.name}`);
  off.addEventListener("click", () => {
    chip.remove();
    list.hidden = !list.children.length;
  });
  chip.append(name, off, input);
  list.append(chip);
  list.hidden = false;
}

function onAttach(event: Event): void {
  const input = event.target as HTMLInputElement;
  const box = boxOf(input);
  if (!box || !input.matches?.("[data-attach]")) return;
  for (const file of [...(input.files ?? [])]) attach(box, file);
  input.value = "";
}

// -- voice notes ---------------------------------------------------------------------------------------------------
const LONGEST = 5 * 60_000;
let recorder: MediaRecorder | null = null;

async function voice(box: HTMLFormElement, button: HTMLElement): Promise<void> {
  if (recorder) return recorder.stop();
  const ending = MediaRecorder.isTypeSupported("audio/webm") ? ["audio/webm", "weba"] : ["audio/mp4", "m4a"];
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts: Blob[] = [];
    const now = (recorder = new MediaRecorder(stream, { mimeType: ending[0] }));
    const clock = window.setTimeout(() => now.state === "recording" && now.stop(), LONGEST);
    now.addEventListener("dataavailable", (event) => parts.push(event.data));
    now.addEventListener("stop", () => {
      clearTimeout(clock);
      recorder = null;
      stream.getTracks().forEach((track) => track.stop());
      button.setAttribute("aria-pressed", "false");
      const at = new Date();
      const stamp = `${String(at.getHours()).padStart(2, "0")}${String(at.getMinutes()).padStart(2, "0")}`;
      attach(box, new File(parts, `${said(box, "voiceName")} ${stamp}.${ending[1]}`, { type: ending[0] }));
    });
    now.start();
    button.setAttribute("aria-pressed", "true");
  } catch {
    recorder = null;
    toast({ text: said(box, "noVoice"), bad: true });
  }
}

// -- snippets ------------------------------------------------------------------------------------------------------
let slash: HTMLTextAreaElement | null = null;

function onSlash(event: KeyboardEvent): void {
  const line = event.target as HTMLTextAreaElement;
  const menu = boxOf(line)?.querySelector<HTMLElement>("[data-snippet-menu]");
  if (event.key !== "/" || !menu || !line.matches("[data-line]") || event.isComposing) return;
  if (line.selectionStart && !/\s/.test(line.value[line.selectionStart - 1])) return;
  event.preventDefault();
  slash = line;
  (menu.showPopover as (options?: { source: HTMLElement }) => void)({ source: boxOf(line)!.querySelector<HTMLElement>("[data-snippets]")! });
  (menu.querySelector<HTMLElement>("[data-find-in]") ?? menu.querySelector<HTMLElement>(".item"))?.focus();
}

function onSnippetsClosed(event: Event): void {
  const menu = event.target as HTMLElement;
  if (!menu.matches?.("[data-snippet-menu]") || (event as ToggleEvent).newState !== "closed" || !slash) return;
  insert(slash, "/"); // nothing was chosen: what was typed stands
  slash = null;
}

// -- after a call --------------------------------------------------------------------------------------------------
const CALLED = "zhike.called";
const LONG_ENOUGH = 1500;

function onCall(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href^='tel:'][data-call]");
  if (link) sessionStorage.setItem(CALLED, JSON.stringify([link.dataset.call, Date.now()]));
}

/** Back from a call that was begun here: the line opens with the call already chosen. */
function onReturn(): void {
  const held = sessionStorage.getItem(CALLED);
  if (!held || document.visibilityState !== "visible") return;
  const [url, at] = JSON.parse(held) as [string, number];
  if (Date.now() - at < LONG_ENOUGH || document.querySelector("dialog[open]")) return;
  sessionStorage.removeItem(CALLED);
  if (Date.now() - at < 3 * 3600_000) void htmx.ajax("get", `${url}?way=call`, { target: "#dialog", swap: "innerHTML" });
}

function onClick(event: MouseEvent): void {
  onCall(event);
  const target = event.target as Element;
  const box = boxOf(target);
  if (!box) return;
  const button = target.closest<HTMLElement>("[data-voice]");
  if (button) return void voice(box, button);
  const text = target.closest<HTMLElement>("[data-insert]")?.dataset.insert;
  if (text !== undefined) {
    slash = null;
    box.querySelectorAll<HTMLElement>("[popover]:popover-open").forEach((menu) => menu.hidePopover());
    insert(lineOf(box), text);
  }
}

function onInput(event: Event): void {
  const line = event.target as HTMLTextAreaElement;
  if (!boxOf(line) || !line.matches("[data-line]")) return;
  grow(line);
  document.querySelectorAll<HTMLInputElement>("[data-line-copy]").forEach((copy) => (copy.value = line.value));
}

// A tag that was clicked away or chosen is drawn anew; the focus goes back to the line unless a menu is open.
function onRead(event: Event): void {
  const tags = event.target as Element;
  const box = tags.matches(".log-tags") ? boxOf(tags) : null;
  const active = document.activeElement;
  if (box && (!active || active === document.body || active.matches("dialog"))) lineOf(box).focus();
}

let listening = false;

/** Looks after the boxes inside `root`; listens on the document from the first call on. */
export function startComposer(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-voice]").forEach((button) => {
    button.hidden = !("MediaRecorder" in window && navigator.mediaDevices);
  });
  root.querySelectorAll<HTMLElement>(".log-sheet [data-line]").forEach((line) => line.focus());
  if (listening) return;
  listening = true;
  document.addEventListener("change", onAttach);
  document.addEventListener("click", onClick);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onSlash);
  document.addEventListener("toggle", onSnippetsClosed, true);
  document.addEventListener("htmx:afterSwap", onRead);
  document.addEventListener("visibilitychange", onReturn);
  addEventListener("focus", onReturn);
  addEventListener("pageshow", onReturn);
}
