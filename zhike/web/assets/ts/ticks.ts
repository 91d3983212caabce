// Boxes that are ticked where they stand: an item of a checklist, a task in a list. The server says so in a toast; the page
// marks it. What is refused stays as it was.

interface Answered {
  elt: HTMLElement;
  successful: boolean;
  xhr: XMLHttpRequest;
}

function flip(box: HTMLElement): void {
  const done = box.getAttribute("aria-pressed") !== "true";
  box.setAttribute("aria-pressed", String(done));
  box.closest("li")?.toggleAttribute("data-done", done);
  const sent = JSON.parse(box.getAttribute("hx-vals") ?? "{}") as Record<string, unknown>;
  box.setAttribute("hx-vals", JSON.stringify({ ...sent, done: done ? "no" : "yes" }));
}

function onAnswer(event: Event): void {
  const { elt, successful, xhr } = (event as CustomEvent<Answered>).detail;
  if (!successful || xhr.status !== 204) return;
  if (elt.matches("[data-tick-item]")) flip(elt);
  if (elt.matches("[data-tick]")) {
    elt.closest("tr, li")?.setAttribute("data-ticked", "");
    elt.setAttribute("disabled", "");
  }
}

let listening = false;

/** Listens on the document from the first call on. */
export function startTicks(): void {
  if (listening) return;
  listening = true;
  document.addEventListener("htmx:afterRequest", onAnswer);
}
