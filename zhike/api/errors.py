"""What can be wrong with a request before it reaches a door. All are shown as ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.errors import Problem, Refused
from zhike.kernel.words import Words, _


class BadRequest(Refused):
    """The request cannot be read: its JSON, a parameter or a header."""

    status = 400
    code = "bad-request"
    title = _("This request cannot be read")

    def __init__(self, text: Words, field: str = "", code: str = "") -> None:
        super().__init__(Problem(text, field=field, code=code or self.code))


class Unauthorized(Refused):
    """No valid bearer token."""

    status = 401
    code = "unauthorized"
    title = _("Sign in first")


class MethodNotAllowed(Refused):
    """The address exists and does not answer this method."""

    status = 405
    code = "method-not-allowed"
    title = _("This address does not do that")

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(_("Allowed here: {methods}.").with_(methods=", ".join(allowed)))


class TooLarge(Refused):
    """The body is over the limit."""

    status = 413
    code = "too-large"
    title = _("This is too large")


class WrongType(Refused):
    """The body is not JSON."""

    status = 415
    code = "unsupported-media-type"
    title = _("Send JSON")


class VersionNeeded(Refused):
    """A change or removal without ``If-Match``."""

    status = 428
    code = "precondition-required"
    title = _("Say which version you mean")
