// Passkeys: asks the server what to sign, lets the device answer, and sends the answer with the form the button stands in.

import { token } from "./words";

interface Described {
  id: string;
  type: PublicKeyCredentialType;
}

interface Asked {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  allowCredentials?: Described[];
  excludeCredentials?: Described[];
}

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null): string {
  if (!buffer) return "";
  const plain = Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join("");
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function described(list: Described[] | undefined): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((one) => ({ type: one.type, id: bytes(one.id) }));
}

/** What the device answered, as the server reads it. */
function answer(credential: PublicKeyCredential): string {
  const given = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response: Record<string, string> = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) response.attestationObject = text(given.attestationObject);
  if (given.signature) {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    response.userHandle = text(given.userHandle);
  }
  const shape = { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  return JSON.stringify({ ...shape, clientExtensionResults: {} });
}

async function ask(button: HTMLElement, form: HTMLFormElement): Promise<void> {
  const csrf = token() || form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value || "";
  const reply = await fetch(button.dataset.passkey!, { method: "POST", headers: { "X-CSRFToken": csrf } });
  if (!reply.ok) throw new Error(String(reply.status));
  const asked = (await reply.json()) as Asked & Record<string, unknown>;
  const challenge = bytes(asked.challenge);
  const credential = asked.user
    ? await navigator.credentials.create({
        publicKey: {
          ...(asked as unknown as PublicKeyCredentialCreationOptions),
          challenge,
          user: { ...asked.user, id: bytes(asked.user.id) },
          excludeCredentials: described(asked.excludeCredentials),
        },
      })
    : await navigator.credentials.get({
        publicKey: {
          ...(asked as unknown as PublicKeyCredentialRequestOptions),
          challenge,
          allowCredentials: described(asked.allowCredentials),
        },
      });
  if (!credential) throw new Error("nothing");
  form.querySelector<HTMLInputElement>("input[name=passkey]")!.value = answer(credential as PublicKeyCredential);
  form.noValidate = true;
  form.submit();
}

/** Shows what needs passkeys where the browser has them, and listens to its buttons. */
export function startPasskeys(): void {
  if (!window.PublicKeyCredential) return;
  document.querySelectorAll<HTMLElement>("[data-passkeys]").forEach((one) => (one.hidden = false));
  document.querySelectorAll<HTMLElement>("[data-passkey-none]").forEach((one) => (one.hidden = true));
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-passkey]");
    const form = button?.closest("form");
    if (!button || !form) return;
    const problem = form.querySelector<HTMLElement>("[data-passkey-problem]");
    if (problem) problem.hidden = true;
    button.disabled = true;
    ask(button, form).catch(() => {
      button.disabled = false;
      if (problem) problem.hidden = false;
    });
  });
}
