"""Regions customers belong to and people look after."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import Option

REGIONS = (
    Option("north", _("North China")),
    Option("east", _("East China")),
    Option("south", _("South China")),
    Option("central", _("Central China")),
    Option("southwest", _("Southwest")),
    Option("northwest", _("Northwest")),
    Option("northeast", _("Northeast")),
    Option("overseas", _("Overseas")),
)
