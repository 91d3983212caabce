"""Where customers come from: one list for leads, accounts and opportunities."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import Option

SOURCES = (
    Option("website", _("Website")),
    Option("organic_search", _("Organic search")),
    Option("paid_search", _("Paid search")),
    Option("social", _("Social media")),
    Option("direct_traffic", _("Direct visit")),
    Option("email", _("E-mail")),
    Option("referral", _("Referral")),
    Option("display", _("Display advertising")),
    Option("exhibition", _("Exhibition")),
    Option("cold_call", _("Cold call")),
    Option("partner", _("Partner")),
    Option("other_publicities", _("Other advertising")),
    Option("other", _("Other")),
    Option("unknown", _("Unknown")),
)
