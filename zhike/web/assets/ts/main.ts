// The script of every page. Pages work without it; it loads parts in place, opens dialogs and listens to keys.

import htmx from "htmx.org";
import { startBell } from "./bell";
import { startBeside } from "./beside";
import { startCells } from "./cells";
import { startDevice } from "./device";
import { openArrived, startDialogs } from "./dialog";
import { startDrop } from "./drop";
import { startKeys } from "./keys";
import { startList, startLists } from "./list";
import { startMarks } from "./marks";
import { startMenus } from "./menu";
import { start } from "./pages";
import { startPalette } from "./palette";
import { startSettings } from "./settings";
import { startToasts, toast } from "./toast";
import type { Toast } from "./toast";
import { onMac, token, words } from "./words";

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
}

function onSend(event: Event): void {
  const sent = (event as CustomEvent<Sent>).detail;
  if (sent.verb !== "get") sent.headers["X-CSRFToken"] = token();
}

// An answer that was not shown: say so, and leave everything that was typed where it is.
function onRefused(event: Event): void {
  const { xhr } = (event as CustomEvent<Answered>).detail;
  const signIn = xhr.getResponseHeader("X-Zhike-Sign-In");
  if (signIn) {
    toast({ text: words("signedOut"), bad: true, link: { text: words("signIn"), url: signIn } });
    return;
  }
  const fresh = xhr.getResponseHeader("X-Zhike-Token");
  if (fresh) {
    document.querySelectorAll<HTMLInputElement>("input[name=csrfmiddlewaretoken]").forEach((one) => (one.value = fresh));
    document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.setAttribute("content", fresh);
  }
  if (xhr.getResponseHeader("HX-Trigger")?.includes("zhike:toast")) return;
  const plain = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain") ? xhr.responseText.trim() : "";
  toast({ text: plain.slice(0, 300) || words("failed"), bad: true });
}

function onSwapped(event: Event): void {
  const root = event.target as ParentNode;
  openArrived(document.getElementById("dialog") ?? root);
  startList();
  start(root);
}

function startKeyNames(): void {
  if (!onMac) return;
  document.querySelectorAll<HTMLElement>("[data-mod-key]").forEach((one) => (one.textContent = `⌘${one.dataset.modKey ?? ""}`));
  document.querySelectorAll<HTMLElement>("[data-mod]").forEach((one) => (one.textContent = "⌘"));
}

document.addEventListener("htmx:configRequest", onSend);
document.addEventListener("htmx:responseError", onRefused);
document.addEventListener("htmx:sendError", () => toast({ text: words("offline"), bad: true }));
document.addEventListener("htmx:timeout", () => toast({ text: words("offline"), bad: true }));
document.addEventListener("htmx:afterSettle", onSwapped);
document.addEventListener("zhike:toast", (event) => toast((event as CustomEvent<Toast>).detail));

startDevice();
startMenus();
startDialogs();
startPalette();
startLists();
startCells();
startSettings();
startKeys();
startToasts();
startKeyNames();
startMarks();
startBeside();
startDrop();
startBell();
start(document);
