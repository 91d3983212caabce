// Makes the site an app that can be installed: its service worker stands by for when the server cannot be reached.

/** Registers the service worker where browsers allow it: over TLS and on this machine itself. */
export function startInstalled(): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  window.addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => undefined));
}
