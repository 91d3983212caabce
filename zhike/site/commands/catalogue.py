"""Every command with its words, options and examples. Nothing heavy is imported here: ``zhike help`` reads only this."""

from __future__ import annotations

from zhike.site.commands.arguments import Shape
from zhike.site.commands.catalogue_care import CARE
from zhike.site.commands.catalogue_company import COMPANY
from zhike.site.commands.catalogue_work import WORK
from zhike.site.commands.shared_options import COMMON

__all__ = ["COMMON", "SHAPES"]

SHAPES: tuple[Shape, ...] = (*WORK, *COMPANY, *CARE)
