"""Many record ids as one short text, for the log of readings."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from itertools import accumulate, pairwise


def packed_ids(ids: Iterable[int]) -> str:
    """The ids, each once; "" for none. A hundred thousand neighbours take a few hundred characters."""
    listed = sorted(set(ids))
    if not listed:
        return ""
    steps = [listed[0], *(after - before for before, after in pairwise(listed))]
    return b64encode(zlib.compress(json.dumps(steps, separators=(",", ":")).encode("ascii"))).decode("ascii")


def unpacked_ids(text: str | None) -> list[int]:
    """What :func:`packed_ids` was given, in order."""
    return list(accumulate(json.loads(zlib.decompress(b64decode(text))))) if text else []
