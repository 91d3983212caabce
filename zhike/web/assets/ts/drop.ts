// Files dropped anywhere on a record page, or chosen: sent one by one with their progress, refusals said in words.

import htmx from "htmx.org";
import { toast } from "./toast";
import { token, words } from "./words";

const place = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-drop]");
const carriesFiles = (event: DragEvent): boolean => !!event.dataTransfer?.types.includes("Files");
let depth = 0;

function cover(shown: boolean): void {
  const sheet = document.querySelector<HTMLElement>("[data-drop-here]");
  if (sheet) sheet.hidden = !shown;
  if (!shown) depth = 0;
}

/** One line of the list of uploads: the name, how far it is, and at last why it was refused. */
function line(file: File): { progress: (part: number) => void; refuse: (text: string) => void; done: () => void } {
  const list = document.querySelector<HTMLElement>("[data-uploads]")!;
  const item = document.createElement("li");
  const name = document.createElement("span");
  const bar = document.createElement("progress");
  name.className = "cut";
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  item.append(name, bar);
  list.append(item);
  list.hidden = false;
  const leave = (): void => {
    item.remove();
    list.hidden = !list.childElementCount;
  };
  return {
    progress: (part) => (bar.value = part),
    refuse: (text) => {
      const close = document.createElement("button");
      close.type = "button";
      close.className = "button is-quiet is-small";
      close.textContent = words("close");
      close.addEventListener("click", leave);
      name.textContent = text;
      name.classList.remove("cut");
      item.classList.add("bad");
      bar.replaceWith(close);
    },
    done: leave,
  };
}

function send(file: File, address: string, shown: ReturnType<typeof line>): Promise<boolean> {
  return new Promise((resolve) => {
    const body = new FormData();
    body.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && shown.progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      const good = request.status < 300;
      const said = request.getResponseHeader("Content-Type")?.startsWith("text/plain") ? request.responseText : "";
      if (good) shown.done();
      else shown.refuse(`${file.name}: ${said || words("failed")}`);
      resolve(good);
    });
    request.addEventListener("error", () => {
      shown.refuse(`${file.name}: ${words("offline")}`);
      resolve(false);
    });
    request.send(body);
  });
}

async function take(files: File[]): Promise<void> {
  const box = place();
  if (!box || !files.length) return;
  const { drop = "", lists = "", largest = "0", tooLarge = "", added = "", addedOne = "" } = box.dataset;
  const waiting = files.map((file) => ({ file, shown: line(file) }));
  let kept = 0;
  for (const { file, shown } of waiting) {
    if (file.size > Number(largest)) shown.refuse(tooLarge.replace("{name}", file.name));
    else if (await send(file, drop, shown)) kept += 1;
  }
  if (!kept) return;
  toast({ text: kept === 1 ? addedOne : added.replace("{n}", String(kept)) });
  void htmx.ajax("get", lists, { target: "#related", swap: "innerHTML" });
}

export function startDrop(): void {
  document.addEventListener("dragenter", (event) => {
    if (!place() || !carriesFiles(event)) return;
    depth += 1;
    cover(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (place() && carriesFiles(event) && --depth <= 0) cover(false);
  });
  document.addEventListener("dragover", (event) => {
    if (place() && carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!place() || !carriesFiles(event)) return;
    event.preventDefault();
    cover(false);
    void take([...(event.dataTransfer?.files ?? [])]);
  });
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (!input.matches?.("[data-drop-input]")) return;
    const chosen = [...(input.files ?? [])];
    input.value = "";
    void take(chosen);
  });
  document.addEventListener("click", (event) => {
    const input = document.querySelector<HTMLInputElement>("[data-drop-input]");
    if (!input || !(event.target as Element).closest?.("[data-choose-files]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    input.click();
  });
}
