"""A small demo company in Chinese: fixed seed, dated relative to today, made through the doors like everybody's data."""

from __future__ import annotations

from zhike.site.demo.company import DEMO_PASSWORD, is_empty, load

__all__ = ["DEMO_PASSWORD", "is_empty", "load"]
