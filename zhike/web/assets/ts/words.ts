// Sentences the script may have to say, taken from the page so that they come in the reader's language.

/** The sentence called `name` in `<div id="words" data-name="…">`, or "". */
export function words(name: string): string {
  return document.getElementById("words")?.dataset[name] ?? "";
}

/** The token every POST must carry. */
export function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
}

/** True on keyboards whose command key is ⌘. */
export const onMac = /mac|iphone|ipad/i.test(navigator.platform);
