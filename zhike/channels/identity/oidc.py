"""OpenID Connect: code flow with PKCE; issuer, audience, nonce, time and signature of the ID token are checked."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode

from zhike.channels.identity.shape import Account, NotSignedIn, Trip, Who
from zhike.channels.outbound import call
from zhike.kernel.clock import now
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _

_jwt: Any = LazyModule("joserfc.jwt")
_jwk: Any = LazyModule("joserfc.jwk")
_errors: Any = LazyModule("joserfc.errors")

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
LEEWAY = 60  # seconds two clocks may differ
OLDEST = 600
KEPT = 600  # seconds what a provider says of itself is believed

_known: dict[str, tuple[float, dict[str, Any]]] = {}


def forget_providers() -> None:
    """Ask them anew who they are."""
    _known.clear()


class OpenIdConnect:
    """Any provider that speaks OpenID Connect: Keycloak, Entra, Google, Okta, Authing, IDaaS …"""

    def address(self, account: Account, trip: Trip) -> str:
        """The provider's own page, found by asking the issuer."""
        asked = {
            "response_type": "code",
            "client_id": account.client,
            "redirect_uri": trip.back,
            "scope": "openid profile email",
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        page = str(_about(account)["authorization_endpoint"])
        return f"{page}{'&' if '?' in page else '?'}{urlencode(asked)}"

    def who(self, account: Account, trip: Trip, code: str) -> Who:
        """Change the code for an ID token, and believe it only if all of it is right."""
        about = _about(account)
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": trip.back,
            "code_verifier": trip.verifier,
        }
        basic = b64encode(f"{quote(account.client, safe='')}:{quote(account.secret, safe='')}".encode()).decode("ascii")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"}
        reply = call(str(about["token_endpoint"]), method="POST", body=urlencode(body).encode(), headers=headers)
        token = reply.json().get("id_token")
        if reply.status != 200 or not isinstance(token, str):
            raise NotSignedIn(_("The provider did not take the code. Sign in again."))
        claims = _claims(account, trip, token, call(str(about["jwks_uri"])).json())
        email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
        return Who(str(claims["sub"]), str(claims.get("name") or ""), email)


def _about(account: Account) -> dict[str, Any]:
    """What the issuer says of itself; it must name itself as it was asked."""
    held = _known.get(account.issuer)
    if held is not None and time.monotonic() - held[0] < KEPT:
        return held[1]
    found = call(f"{account.issuer.rstrip('/')}/.well-known/openid-configuration").json()
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != account.issuer or not all(_is_address(found.get(key)) for key in wanted):
        text = _("The provider says it is “{issuer}”. Write the issuer exactly so.")
        raise NotSignedIn(text.with_(issuer=str(found.get("issuer"))[:200]))
    _known[account.issuer] = (time.monotonic(), found)
    return found


def _is_address(found: object) -> bool:
    return isinstance(found, str) and found.startswith(("https://", "http://"))


def _claims(account: Account, trip: Trip, token: str, keys: dict[str, Any]) -> dict[str, Any]:
    wrong = NotSignedIn(_("What the provider says cannot be believed. Sign in again, or tell your administrator."))
    try:
        # Keys for encrypting, or of a kind unknown here, do not make the others worthless.
        usable = [
            one for one in keys.get("keys", []) if one.get("kty") in ("RSA", "EC", "OKP") and one.get("use") != "enc"
        ]
        found: dict[str, Any] = _jwt.decode(
            token, _jwk.KeySet.import_key_set({"keys": usable}), algorithms=ALGORITHMS
        ).claims
        rules = _jwt.JWTClaimsRegistry(
            now=int(now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": account.issuer},
            aud={"essential": True, "value": account.client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": trip.nonce},
        )
        rules.validate(found)
    except (_errors.JoseError, ValueError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise wrong from error
    many = isinstance(found["aud"], list) and len(found["aud"]) > 1
    old = not isinstance(found["iat"], int | float) or now().timestamp() - found["iat"] > OLDEST
    if old or ((many or "azp" in found) and found.get("azp") != account.client) or not str(found["sub"]):
        raise wrong
    return found
