"""All benches, in the order in which they are told."""

from __future__ import annotations

from tools.benching import cubing, gathering, reading, searching, steering, writing
from tools.benching.catalogue import BENCHES

__all__ = ["BENCHES", "cubing", "gathering", "reading", "searching", "steering", "writing"]
