// A request that was not done: say so, leave everything that was typed where it is, and offer to send it again.

import { toast, toastOf } from "./toast";
import { words } from "./words";

const LATELY = 3_000; // ms
let renewed = 0; // when a request was last sent again with a new token

export interface Refusal {
  status: number;
  text: string;
  header: (name: string) => string | null;
}

/** Says why the server did not do it; `again` sends the same request once more. */
export function refused({ status, text, header }: Refusal, again: () => void): void {
  const signIn = header("X-Zhike-Sign-In");
  if (signIn) {
    // In a tab of its own, so that this page stays as it is; then the same request is sent again from here.
    toast({ text: words("signedOut"), bad: true, link: { text: words("signIn"), url: signIn }, again });
    return;
  }
  const fresh = header("X-Zhike-Token");
  if (fresh) {
    document.querySelectorAll<HTMLInputElement>("input[name=csrfmiddlewaretoken]").forEach((one) => (one.value = fresh));
    document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.setAttribute("content", fresh);
    // Signed in again meanwhile: nothing was done, and with the new token it will be.
    if (Date.now() - renewed > LATELY) {
      renewed = Date.now();
      return again();
    }
  }
  const plain = header("Content-Type")?.startsWith("text/plain") ? text.trim() : "";
  const said = toastOf(header("HX-Trigger"))?.text ?? plain.slice(0, 300);
  toast({ text: said || words("failed"), bad: true, again: status >= 500 || fresh ? again : undefined });
}

/** Says that the server was not reached at all. */
export function unreachable(again: () => void): void {
  toast({ text: words("offline"), bad: true, again });
}
