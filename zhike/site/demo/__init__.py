"""A demo company in Chinese: fixed seed, dated relative to today, made through the doors like everybody's data."""

from __future__ import annotations

from zhike.site.demo.company import DEMO_PASSWORD, is_empty, load
from zhike.site.demo.making import FULL, SMALL, Size

__all__ = ["DEMO_PASSWORD", "FULL", "SMALL", "Size", "is_empty", "load"]
