"""Commands of every day: serving, records, tables, questions."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.site.commands.arguments import Option, Shape, Word
from zhike.site.commands.shared_options import COLUMNS, FORMAT, JSON, OBJECT, SORT, WHERE, WHY

WORK: tuple[Shape, ...] = (
    Shape(
        "serve",
        _("Serve the pages and the API, with a worker inside"),
        options=(
            Option("--host", "ADDRESS", _("Where to listen (127.0.0.1).")),
            Option("--port", "NUMBER", _("The port (8000)."), least=1, most=65535),
            Option("--workers", "NUMBER", _("How many processes (1)."), least=1, most=64),
            Option("--without-worker", "", _("Pages and API only: “zhike worker” runs elsewhere.")),
            Option("--no-backup", "", _("Do not make a backup before an upgrade.")),
        ),
        examples=("zhike serve --port 8000",),
        needs_data=False,
    ),
    Shape("worker", _("Run only the worker: events, schedules, jobs"), needs_data=False),
    Shape(
        "demo",
        _("Fill a new home with a demo company"),
        options=(
            Option("--if-new", "", _("Do nothing when the home already holds records.")),
            Option("--remove", "", _("Take away exactly what the demo company brought.")),
            Option(
                "--size",
                "SIZE",
                _("full: 30 people, 2,000 accounts, 18 months of work; small: a tenth."),
                ("full", "small"),
            ),
        ),
        needs_data=False,
    ),
    Shape(
        "import",
        _("Import a CSV or XLSX file"),
        words=(OBJECT, Word("FILE", _("The file to read."))),
        options=(
            Option("--map", "FILE.toml", _("Which column is which field.")),
            Option("--key", "FIELD", _("Update the record with the same value of this field, else insert.")),
            Option("--dry-run", "", _("Judge every row and write nothing.")),
            Option(
                "--on-error", "HOW", _("stop: one bad row writes nothing; skip: write the good ones."), ("stop", "skip")
            ),
            Option("--report", "FILE.csv", _("Where to write the refused rows, to correct and import again.")),
            FORMAT,
        ),
        file="import_file",
        examples=("zhike import opportunity deals.csv --map deals.toml --key name --dry-run",),
    ),
    Shape(
        "export",
        _("Export everything that matches as CSV, JSON or XLSX"),
        words=(OBJECT,),
        options=(
            WHERE,
            SORT,
            COLUMNS,
            Option("--out", "FILE", _("Where to write (standard output without it); .csv, .json or .xlsx.")),
            FORMAT,
            Option("--keys", "", _("Keys of choices instead of their names; JSON always has keys.")),
        ),
        examples=("zhike export account --where 'industry is empty' --columns name,owner --out accounts.csv",),
    ),
    Shape(
        "export --all",
        _("Give out everything in open formats: records, relations, files, history, settings"),
        words=(Word("OUT", _("A new folder, or a new .zip.")),),
        options=(Option("--personal-data", "", _("Yes, with personal data in clear.")),),
        file="export_all",
        examples=("zhike export --all /mnt/usb/zhike-everything.zip --personal-data",),
    ),
    Shape(
        "import --all",
        _("Take such an export into a new home"),
        words=(Word("IN", _("The folder or the .zip.")),),
        file="import_all",
        examples=("zhike import --all zhike-everything.zip --home /srv/zhike",),
        needs_data=False,
    ),
    Shape(
        "read",
        _("Show records that match"),
        words=(OBJECT,),
        options=(
            WHERE,
            SORT,
            COLUMNS,
            Option("--size", "NUMBER", _("How many (20)."), least=1, most=1000),
            Option("--after", "MARK", _("Go on after the page before.")),
            Option("--archived", "HOW", _("Whether archived records are shown."), ("no", "only", "all")),
            Option("--trashed", "", _("Show the trash instead.")),
            Option("--as-of", "INSTANT", _("As it was then: 2026-03-01 (the end of that day) or 2026-03-01T10:00.")),
            FORMAT,
        ),
        examples=(
            (
                "zhike read opportunity --where 'stage.outcome = won and amount > 10000' --sort -amount"
                " --columns name,amount --size 20"
            ),
        ),
    ),
    Shape(
        "aggregate",
        _("Count and sum what matches, in groups"),
        words=(OBJECT,),
        options=(
            Option("--by", "FIELDS", _("Groups, such as stage or close_on:quarter,owner.department.name.")),
            Option("--measures", "LIST", _("count, sum:amount, avg:…, min:…, max:… (count).")),
            WHERE,
            Option("--size", "NUMBER", _("How many groups at most (1000)."), least=1, most=5000),
            FORMAT,
        ),
        examples=("zhike aggregate opportunity --by stage --measures count,sum:amount --format json",),
    ),
    Shape(
        "search",
        _("Look for records of every object"),
        words=(Word("TEXT", _("Names, pinyin, initials, phone numbers."), many=True),),
        options=(
            Option("--objects", "LIST", _("Only these objects.")),
            Option("--size", "NUMBER", _("How many (20)."), least=1, most=100),
            FORMAT,
        ),
        examples=("zhike search 苏州 --objects account,contact",),
    ),
    Shape(
        "duplicates",
        _("Find records that are perhaps the same"),
        words=(OBJECT,),
        options=(
            Option("--least", "SCORE", _("Only pairs with at least this score, 0 to 100 (90)."), least=0, most=100),
            FORMAT,
        ),
        examples=("zhike duplicates account --least 80 --format csv",),
    ),
    Shape(
        "write",
        _("Create a record, or change the one with this id"),
        words=(OBJECT, Word("ID", _("The record to change; without it a new one is made."), optional=True)),
        options=(
            JSON,
            Option("--expect", "VERSION", _("Refuse unless this is the newest version."), least=1, most=2**53 - 1),
            Option("--dry-run", "", _("Judge and write nothing.")),
            WHY,
            FORMAT,
        ),
        examples=('zhike write account --json \'{"name": "苏州精密机械有限公司"}\'',),
    ),
    Shape(
        "action",
        _("Run an action on records"),
        words=(OBJECT, Word("NAME", _("The action.")), Word("ID", _("The records."), optional=True, many=True)),
        options=(JSON, WHY, FORMAT),
        examples=(
            "zhike action opportunity win 12",
            'zhike action opportunity lose 12 13 --json \'{"lost_reason": "price"}\'',
        ),
    ),
    Shape(
        "undo",
        _("Take an operation back, also weeks later"),
        words=(Word("OPERATION", _("Its number, as the history and every write say it.")),),
        options=(
            Option("--dry-run", "", _("Only say what would go back and what was changed since.")),
            Option(
                "--override",
                "LIST",
                _("Put back values changed since: all, or such as 12:name,13:owner (record and field)."),
            ),
            FORMAT,
        ),
        examples=("zhike undo 1042 --dry-run",),
    ),
)
