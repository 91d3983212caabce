"""Failures are written down without what somebody typed: addresses and long numbers in a text become dots."""

from __future__ import annotations

import re

DOTS = "•••"
_PERSONAL = re.compile(
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"  # a mail address
    r"|(?<![\w.])\d{17}[\dXx](?!\w)"  # an id number
    r"|(?<![\w.])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\w)"  # a mobile number
    r"|(?<![\w.])\+?0\d{2,3}[ -]\d{7,8}(?!\w)"  # a landline
    r"|(?<![\w.])\+?\d{9,30}(?!\w)"  # whatever else is long and of digits only: accounts, foreign numbers
)


def scrubbed(text: str) -> str:
    """The text with what may be somebody's number or mail address left out."""
    return _PERSONAL.sub(DOTS, text)
