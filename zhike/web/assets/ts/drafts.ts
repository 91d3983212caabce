// What was typed into a line and not saved is kept on this device, per record, and offered again; it goes once it is
// saved, and all of it when somebody signs out.

const PREFIX = "zhike.draft:";
const DAYS = 14;

interface Draft {
  text: string;
  at: number;
}

const keyOf = (box: HTMLElement): string => PREFIX + (document.body.dataset.person ?? "") + ":" + box.dataset.draft!;
const lineOf = (box: HTMLElement): HTMLTextAreaElement | null => box.querySelector("[data-line]");

function read(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
    return draft && Date.now() - draft.at < DAYS * 24 * 3600_000 ? draft : null;
  } catch {
    return null;
  }
}

function onInput(event: Event): void {
  const line = event.target as HTMLTextAreaElement;
  const box = line.closest?.<HTMLElement>("form[data-draft]");
  if (!box || !line.matches("[data-line]")) return;
  try {
    if (line.value.trim()) localStorage.setItem(keyOf(box), JSON.stringify({ text: line.value, at: Date.now() }));
    else localStorage.removeItem(keyOf(box));
  } catch {
    return; // the device keeps nothing: what is typed stands in the page alone
  }
}

/** A saved line needs no draft: the server answers with the empty line, or sends the browser on. */
function onSaved(event: Event): void {
  const detail = (event as CustomEvent<{ elt: Element; xhr: XMLHttpRequest }>).detail;
  if (detail.elt.matches("form[data-draft]") && detail.xhr.status < 300) localStorage.removeItem(keyOf(detail.elt as HTMLElement));
}

function forget(): void {
  Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .forEach((key) => localStorage.removeItem(key));
}

function offer(box: HTMLElement): void {
  const line = lineOf(box);
  const draft = read(keyOf(box));
  const words = box.closest("[data-composers], dialog")?.querySelector<HTMLElement>("[data-draft-found]")?.dataset;
  if (!line || line.value || !draft || !words || box.querySelector(".draft-found")) return;
  const note = document.createElement("p");
  note.className = "draft-found row";
  const text = document.createElement("span");
  text.className = "cut";
  text.textContent = `${words.draftFound ?? ""} “${draft.text.slice(0, 80)}”`;
  const button = (label: string, act: () => void): HTMLButtonElement => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: label });
    made.addEventListener("click", () => {
      note.remove();
      act();
    });
    return made;
  };
  note.append(
    text,
    button(words.draftTake ?? "", () => {
      line.value = draft.text;
      line.dispatchEvent(new Event("input", { bubbles: true }));
      line.focus();
    }),
    button(words.draftDrop ?? "", () => localStorage.removeItem(keyOf(box))),
  );
  line.after(note);
}

let listening = false;

/** Offers drafts for the boxes inside `root`; listens on the document from the first call on. */
export function startDrafts(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("form[data-draft]").forEach(offer);
  if (listening) return;
  listening = true;
  document.addEventListener("input", onInput);
  document.addEventListener("htmx:beforeOnLoad", onSaved);
  document.addEventListener("submit", (event) => {
    if ((event.target as HTMLFormElement).getAttribute("action") === "/sign-out") forget();
  });
}
