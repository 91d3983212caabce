// What is kept on this device: the theme and the folded rail. Both are cookies, so that the server draws the page right at once.

const YEAR = 365 * 24 * 3600;

function remember(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
}

function setTheme(theme: string): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  remember("zhike-theme", theme === "system" ? "" : theme);
  document.querySelectorAll<HTMLElement>("[data-set-theme]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
  });
  document.dispatchEvent(new CustomEvent("zhike:theme"));
}

/** Folds or unfolds the rail. */
export function foldRail(): void {
  const app = document.querySelector<HTMLElement>(".app");
  if (!app) return;
  const folded = app.dataset.rail !== "folded";
  if (folded) app.dataset.rail = "folded";
  else delete app.dataset.rail;
  remember("zhike-rail", folded ? "folded" : "");
}

export function startDevice(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const theme = target.closest<HTMLElement>("[data-set-theme]");
    if (theme) {
      event.preventDefault();
      setTheme(theme.dataset.setTheme ?? "system");
    } else if (target.closest("[data-fold-rail]")) {
      foldRail();
    } else if (target.closest("a[data-back]") && history.length > 1) {
      event.preventDefault();
      history.back();
    } else if (target.closest("[data-show-password]")) {
      showPassword(target.closest<HTMLElement>("[data-show-password]")!);
    }
  });
}

function showPassword(button: HTMLElement): void {
  const input = document.getElementById(button.getAttribute("aria-controls") ?? "") as HTMLInputElement | null;
  if (!input) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}
