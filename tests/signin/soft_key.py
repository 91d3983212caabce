"""A passkey made of software: answers what a site asks, as a device would."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def data(coded: str) -> bytes:
    return urlsafe_b64decode(coded + "=" * (-len(coded) % 4))


class SoftKey:
    """One credential. ``origin`` is where the browser says it stands; ``verified`` whether a finger was shown."""

    def __init__(self, origin: str = "http://testserver", *, verified: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.origin, self.verified, self.count = origin, verified, 0

    def make(self, asked: str) -> str:
        options = json.loads(asked)
        point = self.key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + cose
        said = self._client("webauthn.create", options)
        about = self._about(options["rp"]["id"], 0x40) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": about})
        return self._answer({"clientDataJSON": text(said), "attestationObject": text(attestation)})

    def use(self, asked: str) -> str:
        options = json.loads(asked)
        self.count += 1
        said = self._client("webauthn.get", options)
        about = self._about(options["rpId"], 0)
        signature = self.key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": text(said), "authenticatorData": text(about), "signature": text(signature)}
        )

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _about(self, domain: str, more: int) -> bytes:
        flags = 0x01 | (0x04 if self.verified else 0) | more
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _answer(self, response: dict[str, str]) -> str:
        shape = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps({**shape, "response": response})
