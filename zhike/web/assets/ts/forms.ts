// Forms that name no part of the page are sent by the script, too: when the server cannot be reached, fails or has
// forgotten who asks, the page with everything typed stays, says so and offers to send it again. What is refused comes back
// as the page it is; what went well loads the next page whole. Downloads and forms with a script of their own stay plain.
import htmx from "htmx.org";

const PLAIN = "main form[method=post]:not([hx-post], [data-plain], [data-add])";

interface Sent {
  elt: Element;
  path: string;
  headers: Record<string, string>;
  triggeringEvent?: SubmitEvent;
}

let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  // A button with an act of its own stands for itself, wherever it is on the page: its form is not sent as well.
  document.addEventListener(
    "submit",
    (event) => {
      if (!event.submitter?.matches("[hx-post], [hx-get]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("htmx:configRequest", (event) => {
    const sent = (event as CustomEvent<Sent>).detail;
    if (!sent.elt.matches("form")) delete sent.headers["X-Zhike-Whole"];
    const elsewhere = sent.triggeringEvent?.submitter?.getAttribute("formaction");
    if (elsewhere && "X-Zhike-Whole" in sent.headers) sent.path = elsewhere;
  });
  // To a place on this very page the browser would only scroll, and what was kept would not be seen.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const to = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.getResponseHeader("HX-Redirect");
    const there = to?.includes("#") ? new URL(to, location.href) : null;
    if (there?.pathname !== location.pathname || there.search !== location.search) return;
    event.preventDefault();
    location.hash = there.hash;
    location.reload();
  });
}

/** Takes over the plain forms inside `root`. */
export function startForms(root: ParentNode): void {
  listen();
  root.querySelectorAll<HTMLFormElement>(PLAIN).forEach((form) => {
    const facts: Record<string, string> = {
      "hx-post": form.getAttribute("action") || location.pathname + location.search,
      "hx-headers": '{"X-Zhike-Whole": "yes"}',
      "hx-target": "#main",
      "hx-select": "#main",
      "hx-select-oob": "#dialog",
      "hx-swap": "outerHTML show:none",
      "hx-push-url": "false",
      "hx-disinherit": "*", // what is asked for from inside the form is no page
    };
    if (form.enctype === "multipart/form-data") facts["hx-encoding"] = form.enctype;
    Object.entries(facts).forEach(([name, value]) => form.setAttribute(name, value));
    htmx.process(form);
  });
}
