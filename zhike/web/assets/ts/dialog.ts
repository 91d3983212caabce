// Dialogs: opened when they arrive, closed by Escape, by the backdrop and by anything marked data-close.

const openers = new WeakMap<HTMLDialogElement, Element | null>();

/** Opens a dialog as modal and puts the focus on its first field, else on its title. */
export function openDialog(dialog: HTMLDialogElement): void {
  if (dialog.open && dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  openers.set(dialog, document.activeElement);
  dialog.showModal();
  const first = dialog.querySelector<HTMLElement>("[autofocus], [aria-invalid=true], [data-refused]");
  first?.focus();
}

/** Opens the dialogs inside `root` that ask for it with data-open. */
export function openArrived(root: ParentNode): void {
  root.querySelectorAll<HTMLDialogElement>("dialog[data-open]").forEach(openDialog);
}

function close(dialog: HTMLDialogElement): void {
  dialog.close();
}

function onClosed(event: Event): void {
  const dialog = event.target as HTMLDialogElement;
  const opener = openers.get(dialog);
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  const back = dialog.dataset.back;
  if (dialog.closest("#dialog")) dialog.remove();
  if (back) location.assign(back);
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  const closer = target.closest("[data-close]");
  const around = closer?.closest("dialog");
  if (closer && around) {
    event.preventDefault();
    close(around);
    return;
  }
  if (target instanceof HTMLDialogElement && target.matches(":modal")) {
    const box = target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) close(target);
  }
}

export function startDialogs(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("close", onClosed, true);
  openArrived(document);
}
