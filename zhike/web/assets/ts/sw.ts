// The service worker of the installed app. Pages always come from the server: what it answers is never older than the
// server's own answer. Only when the server cannot be reached does a page say so, instead of the browser's own blank one.

interface Later extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetched extends Later {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Worker extends EventTarget {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

const KEPT = "zhike-offline";
const OFFLINE = "/offline";
const worker = self as unknown as Worker;

/** Keeps the page for when nothing else is there, with what it needs to look right. */
async function keepOffline(): Promise<void> {
  const page = await fetch(OFFLINE, { cache: "reload" });
  if (!page.ok) return;
  const kept = await caches.open(KEPT);
  const text = await page.clone().text();
  const needed = [...text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map(([, url]) => url!);
  await Promise.all((await kept.keys()).map((old) => kept.delete(old)));
  await kept.addAll([...new Set(needed)]);
  await kept.put(OFFLINE, page);
}

/** The server's answer; what was kept under `instead` only when there is none. */
async function answer(request: Request, instead: Request | string): Promise<Response> {
  try {
    return await fetch(request);
  } catch (gone) {
    const kept = await caches.match(instead);
    if (kept) return kept;
    throw gone;
  }
}

worker.addEventListener("install", (event) => {
  void worker.skipWaiting();
  (event as Later).waitUntil(keepOffline().catch(() => undefined));
});

worker.addEventListener("activate", (event) => (event as Later).waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request, respondWith } = event as Fetched;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") respondWith.call(event, answer(request, OFFLINE));
  else if (new URL(request.url).pathname.startsWith("/static/")) respondWith.call(event, answer(request, request));
});
