"""All benches, in the order in which they are told."""

from __future__ import annotations

from tools.benching import cubing, gathering, importing, reading, searching, steering, writing
from tools.benching.catalogue import BENCHES, asked_for

__all__ = ["BENCHES", "asked_for", "cubing", "gathering", "importing", "reading", "searching", "steering", "writing"]
