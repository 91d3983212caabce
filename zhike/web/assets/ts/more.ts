// What every page but a list does beside main.ts: records, forms, boards, settings, home, dashboards; for the document and
// for every part swapped in. A list fetches this with the first part it asks for.

import { startArrange } from "./arrange";
import { startBoard } from "./board";
import { startComposer } from "./composer";
import { startDrafts } from "./drafts";
import { startForms } from "./forms";
import { startLengths } from "./lengths";
import { startLines } from "./lines";
import { startMentions } from "./mentions";
import { startPasskeys } from "./passkeys";
import { startPicker } from "./picker";
import { startRecord } from "./record";
import { startSettings } from "./settings";

/** Wakes up the parts of these pages inside `root`; charts bring their library only where one is. */
function start(root: ParentNode): void {
  startArrange();
  startBoard(root);
  startComposer(root);
  startDrafts(root);
  startForms(root);
  startLengths(root);
  startMentions();
  startPicker();
  startRecord(root);
  if (root.querySelector("[data-chart]")) void import("./chart").then((chart) => chart.drawCharts(root));
}

startLines();
startPasskeys();
startSettings();
start(document);
document.addEventListener("htmx:afterSettle", (event) => start(event.target as ParentNode));
