// The number beside the bell: right when the page comes, asked again every minute while the page is looked at.

const MINUTE = 60_000;
let asked = Date.now();

function show(count: string): void {
  document.querySelectorAll<HTMLElement>("[data-bell] .badge").forEach((badge) => {
    badge.textContent = count;
    badge.hidden = !count;
  });
}

async function ask(): Promise<void> {
  asked = Date.now();
  try {
    const answer = await fetch("/inbox/count", { headers: { "HX-Request": "true" } });
    if (answer.ok) show((await answer.text()).slice(0, 4));
  } catch {
    // Out of reach for now: the next minute tries again.
  }
}

function askIfLookedAt(): void {
  if (document.visibilityState === "visible" && Date.now() - asked >= MINUTE) void ask();
}

/** Keeps the number right; also after notices were marked on the page. */
export function startBell(): void {
  if (!document.querySelector("[data-bell]")) return;
  setInterval(askIfLookedAt, MINUTE / 4);
  document.addEventListener("visibilitychange", askIfLookedAt);
  document.addEventListener("zhike:notices", () => void ask());
}
