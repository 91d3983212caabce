// What is longer than a field takes is never cut: all of it stays, how long it may be is said at once, and the form waits.
import { words } from "./words";

const LIMITED = "input[maxlength], textarea[maxlength]";

type Field = HTMLInputElement | HTMLTextAreaElement;

let listening = false;

/** The limits of the fields inside `root` are told instead of cut by the browser. */
export function startLengths(root: ParentNode): void {
  root.querySelectorAll<Field>(LIMITED).forEach(free);
  if (listening) return;
  listening = true;
  document.addEventListener("focusin", (event) => {
    const one = event.target as Element;
    if (one.matches(LIMITED)) free(one as Field);
  });
  document.addEventListener("input", (event) => {
    const one = event.target as Element;
    if (one.matches("[data-most]")) judge(one as Field);
  });
  document.addEventListener("submit", hold, true);
}

function free(one: Field): void {
  one.dataset.most = String(one.maxLength);
  one.removeAttribute("maxlength");
}

// Characters are counted as the server counts them: 𠮷 is one, and spaces around the text do not count.
function judge(one: Field): void {
  const most = Number(one.dataset.most);
  const count = [...one.value.trim()].length;
  const was = "over" in one.dataset;
  if (count <= most) {
    if (was) settle(one);
    return;
  }
  const text = words("tooLong").replace("{max}", String(most)).replace("{count}", String(count));
  one.dataset.over = "";
  one.setAttribute("aria-invalid", "true");
  one.setCustomValidity(text);
  if (!tell(one, text) && !was) one.reportValidity();
}

function settle(one: Field): void {
  delete one.dataset.over;
  one.removeAttribute("aria-invalid");
  one.setCustomValidity("");
  one.closest(".field")?.querySelector("[data-too-long]")?.remove();
}

/** Says it below a labelled field; false where there is no room for a line. */
function tell(one: Field, text: string): boolean {
  const field = one.closest(".field");
  if (!field) return false;
  let line = field.querySelector("[data-too-long]");
  if (!line) {
    line = document.createElement("p");
    line.className = "problem";
    line.setAttribute("role", "alert");
    line.setAttribute("data-too-long", "");
    field.append(line);
  }
  line.textContent = text;
  return true;
}

function hold(event: Event): void {
  const over = (event.target as Element).querySelector<Field>("[data-over]");
  if (!over) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  over.reportValidity();
}
