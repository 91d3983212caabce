// What record, form, board, home and dashboard pages do; started for the document and for every part swapped in.
import { startArrange } from "./arrange";
import { startBoard } from "./board";
import { startComposer } from "./composer";
import { startDrafts } from "./drafts";
import { startForms } from "./forms";
import { startLengths } from "./lengths";
import { startMentions } from "./mentions";
import { startPicker } from "./picker";
import { startRecord } from "./record";
import { startTicks } from "./ticks";

/** Wakes up the parts of these pages inside `root`; charts bring their library only where one is. */
export function start(root: ParentNode): void {
  startArrange();
  startBoard(root);
  startComposer(root);
  startDrafts(root);
  startForms(root);
  startLengths(root);
  startMentions();
  startPicker();
  startRecord(root);
  startTicks();
  if (root.querySelector("[data-chart]")) void import("./chart").then((chart) => chart.drawCharts(root));
}
