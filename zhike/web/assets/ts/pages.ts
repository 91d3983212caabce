// What record, form, board and dashboard pages do; started for the document and for every part swapped in.
import { startArrange } from "./arrange";
import { startBoard } from "./board";
import { startPicker } from "./picker";
import { startRecord } from "./record";

/** Wakes up the parts of these pages inside `root`. */
export function start(root: ParentNode): void {
  startArrange();
  startBoard(root);
  startPicker();
  startRecord(root);
}
