// The script of every page. Pages work without it; it loads parts in place, opens dialogs and listens to keys.

import htmx from "htmx.org";
import { startBell } from "./bell";
import { startBeside } from "./beside";
import { startCells } from "./cells";
import { startDevice } from "./device";
import { openArrived, startDialogs } from "./dialog";
import { startDrop } from "./drop";
import { startInstalled } from "./installed";
import { startKeys } from "./keys";
import { startList, startLists } from "./list";
import { startMarks } from "./marks";
import { startMenus } from "./menu";
import { startPalette } from "./palette";
import { refused, unreachable } from "./refused";
import { startTicks } from "./ticks";
import { startToasts, toast } from "./toast";
import type { Toast } from "./toast";
import { onMac, token } from "./words";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  attributesToSettle: ["class"],
  defaultSettleDelay: 0,
  defaultSwapDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "409", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

interface Sent {
  headers: Record<string, string>;
  verb: string;
}

interface Answered {
  xhr: XMLHttpRequest;
  elt: Element;
  target: Element;
  requestConfig: { verb: string; path: string; parameters: Record<string, unknown>; headers: Record<string, string> };
}

function onSend(event: Event): void {
  const sent = (event as CustomEvent<Sent>).detail;
  if (sent.verb !== "get") sent.headers["X-CSRFToken"] = token();
}

function onRefused(event: Event): void {
  const asked = (event as CustomEvent<Answered>).detail;
  const { xhr } = asked;
  refused({ status: xhr.status, text: xhr.responseText, header: (name) => xhr.getResponseHeader(name) }, () => repeat(asked));
}

function onGone(event: Event): void {
  const asked = (event as CustomEvent<Answered>).detail;
  unreachable(() => repeat(asked));
}

// The same request once more, from the same place. Parameters are sent as they were, but for the token, which may be new.
function repeat({ elt, target, requestConfig }: Answered): void {
  if (!elt.isConnected) return;
  const sent: Record<string, unknown> = requestConfig.parameters instanceof FormData ? formValues(requestConfig.parameters) : { ...requestConfig.parameters };
  if ("csrfmiddlewaretoken" in sent) sent.csrfmiddlewaretoken = token();
  // Not reached again: the events of the request have said so already.
  htmx.ajax(requestConfig.verb as "get", requestConfig.path, { source: elt, target, values: sent }).catch(() => undefined);
}

function formValues(data: FormData): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const key of new Set(data.keys())) {
    const all = data.getAll(key);
    found[key] = all.length > 1 ? all : all[0];
  }
  return found;
}

function onSwapped(event: Event): void {
  const root = event.target as ParentNode;
  openArrived(document.getElementById("dialog") ?? root);
  startList();
}

/** What a list page leaves out at first, styles and script, comes with the first part it asks for: that may be anything. */
function onFirstPart(): void {
  const more = document.querySelector<HTMLMetaElement>("meta[name=more]");
  if (!more) return;
  const [styles, script] = more.content.split(" ");
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = styles;
  more.replaceWith(link);
  void import(script);
}

function startKeyNames(): void {
  if (!onMac) return;
  document.querySelectorAll<HTMLElement>("[data-mod-key]").forEach((one) => (one.textContent = `⌘${one.dataset.modKey ?? ""}`));
  document.querySelectorAll<HTMLElement>("[data-mod]").forEach((one) => (one.textContent = "⌘"));
}

document.addEventListener("htmx:configRequest", onSend);
document.addEventListener("htmx:beforeRequest", onFirstPart, { once: true });
document.addEventListener("htmx:responseError", onRefused);
document.addEventListener("htmx:sendError", onGone);
document.addEventListener("htmx:timeout", onGone);
document.addEventListener("htmx:afterSettle", onSwapped);
document.addEventListener("zhike:toast", (event) => toast((event as CustomEvent<Toast>).detail));

startDevice();
startMenus();
startDialogs();
startPalette();
startLists();
startCells();
startKeys();
startToasts();
startKeyNames();
startMarks();
startBeside();
startDrop();
startBell();
startInstalled();
startTicks();
