// The page that stands in when the server cannot be reached: it looks again by itself as soon as the network is back.

const again = (): void => location.reload();
window.addEventListener("online", again);
document.querySelector("[data-again]")?.addEventListener("click", again);
window.setInterval(() => {
  if (navigator.onLine) void fetch("/sign-in", { method: "HEAD", cache: "no-store" }).then(again, () => undefined);
}, 15000);
