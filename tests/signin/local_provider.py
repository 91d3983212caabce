"""A provider on this machine: OpenID Connect, and what WeCom, DingTalk and Lark answer. Tests change what it says."""

from __future__ import annotations

import http.server
import json
import threading
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jwt


class LocalProvider:
    """Its key, the claims it signs, and what it was asked."""

    def __init__(self) -> None:
        self.key = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.signed_by: Any = self.key
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        handler = type("Handler", (_Handler,), {"provider": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.issuer = self.base
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def says(self, nonce: str, /, **changed: Any) -> None:
        """The next ID token: right in everything but what is changed (None: left out)."""
        at = int(time.time())
        right = {"iss": self.issuer, "aud": "zhike", "sub": "u-1", "exp": at + 300, "iat": at, "nonce": nonce}
        self.claims = {key: one for key, one in {**right, **changed}.items() if one is not None}

    def answer(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "/login", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return {"issuer": self.issuer, **{key: self.base + one for key, one in ends.items()}}
        if path == "/keys":
            return {"keys": [{"kty": "strange"}, self.key.as_dict(private=False)]}
        if path == "/token":
            if self.header["alg"] == "none":
                parts = (json.dumps(one).encode() for one in (self.header, self.claims))
                return {"id_token": ".".join(urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts) + "."}
            return {"id_token": jwt.encode(self.header, self.claims, self.signed_by, algorithms=[self.header["alg"]])}
        return self.answers.get(path, {})


class _Handler(http.server.BaseHTTPRequestHandler):
    provider: LocalProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, {key: one[0] for key, one in parse_qs(parts.query).items()})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = json.loads(body) if body.startswith("{") else {key: one[0] for key, one in parse_qs(body).items()}
        self._answer(urlsplit(self.path).path, given)

    def _answer(self, path: str, given: dict[str, Any]) -> None:
        self.provider.asked.append((path, {**given, **{key.lower(): one for key, one in self.headers.items()}}))
        body = json.dumps(self.provider.answer(path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
