"""Words and options that several commands have."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.site.commands.arguments import Option, Word

COMMON = (
    Option("--home", "DIR", _("The data folder (else ZHIKE_HOME, else ./home).")),
    Option("--as", "USER", _("Act as this user; without it the owner of the folder is administrator.")),
    Option("--language", "CODE", _("Language of messages."), choices=("en", "zh-hans")),
    Option("--help", "", _("Explain the command.")),
)
FORMAT = Option("--format", "FORM", _("How to print."), choices=("table", "json", "csv"))
WHERE = Option("--where", "FILTER", _("Only what matches, such as 'stage.outcome = won and amount > 10000'."))
SORT = Option("--sort", "FIELDS", _("Order, such as -amount,name (minus: descending)."))
COLUMNS = Option("--columns", "FIELDS", _("Fields to show, separated by commas."))
JSON = Option("--json", "JSON", _("Values as a JSON object; - reads it from standard input, @FILE from a file."))
WHY = Option("--why", "TEXT", _("A reason that stays in the history."))
ROLE = Word("ROLE", _("A role’s key, name or id."))
OBJECT = Word("OBJECT", _("An object’s key or plural, such as opportunity."))
