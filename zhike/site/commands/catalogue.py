"""Every command with its words, options and examples. Nothing heavy is imported here: ``zhike help`` reads only this."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.site.commands.arguments import Option, Shape, Word

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

SHAPES: tuple[Shape, ...] = (
    Shape(
        "serve",
        _("Serve the pages and the API, with a worker inside"),
        options=(
            Option("--host", "ADDRESS", _("Where to listen (127.0.0.1).")),
            Option("--port", "NUMBER", _("The port (8000)."), least=1, most=65535),
            Option("--workers", "NUMBER", _("How many processes (1)."), least=1, most=64),
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
    Shape(
        "user create",
        _("Add a person who can sign in"),
        words=(Word("LOGIN", _("The login name.")),),
        options=(
            Option("--name", "NAME", _("The person’s name (else the login).")),
            Option("--role", "ROLES", _("Roles by key or name, separated by commas.")),
            Option("--department", "NAME", _("The department, by name.")),
            Option("--password", "PASSWORD", _("The password; without it one is asked for, or none is set.")),
            FORMAT,
        ),
        examples=("zhike user create li.na --name 李娜 --role sales",),
    ),
    Shape("user list", _("Who there is"), options=(FORMAT,)),
    Shape(
        "user password",
        _("Set somebody’s password"),
        words=(Word("LOGIN", _("The login name.")),),
        options=(Option("--password", "PASSWORD", _("The password; without it one is asked for.")),),
    ),
    Shape(
        "explain",
        _("Who can see a record, or why somebody may or may not do something with it"),
        words=(
            OBJECT,
            Word("ID", _("The record.")),
            Word("USER", _("Somebody’s login; without it everybody who sees it."), optional=True),
        ),
        options=(
            Option(
                "--right",
                "RIGHT",
                _("What they would do (read)."),
                ("read", "edit", "delete", "export", "transfer", "bulk"),
            ),
            Option("--field", "FIELD", _("Ask about one field.")),
            FORMAT,
        ),
        examples=("zhike explain account 12 li.na --right edit",),
    ),
    Shape("role list", _("Which roles there are, and how many people have each"), options=(FORMAT,)),
    Shape("role show", _("What a role may do"), words=(ROLE,), options=(FORMAT,), examples=("zhike role show sales",)),
    Shape(
        "role create",
        _("Make a role, empty or from a preset"),
        words=(Word("NAME", _("What it is called.")),),
        options=(
            Option("--preset", "NAME", _("What it may do to begin with."), ("looking_on", "auditor")),
            Option("--about", "TEXT", _("What it is for.")),
        ),
        examples=("zhike role create 外部审计 --preset auditor",),
    ),
    Shape(
        "role change",
        _("Change what a role may do"),
        words=(ROLE,),
        options=(JSON,),
        examples=('zhike role change sales --json \'{"grants": {"account": {"export": "own"}}}\'',),
    ),
    Shape(
        "role simulate",
        _("What a change of a role would open and close; nothing is written"),
        words=(ROLE,),
        options=(JSON, FORMAT),
        examples=(
            'zhike role simulate sales --json \'{"grants": {"account": {"read": "own"}}, "fields": {"account": {"phone": "hidden"}}}\'',
        ),
    ),
    Shape(
        "user let-in",
        _("Let somebody try again who waits after failed tries"),
        words=(Word("LOGIN", _("The login name.")),),
        options=(Option("--no-second-step", "", _("Also take a lost second step away.")),),
        examples=("zhike user let-in admin --no-second-step",),
    ),
    Shape(
        "token create",
        _("Make a bearer token for the API; it is shown once"),
        words=(Word("USER", _("The login of the user it acts as.")),),
        options=(Option("--name", "NAME", _("What it is for.")), FORMAT),
    ),
    Shape(
        "field create",
        _("Add a field to an object"),
        words=(Word("OBJECT", _("The object, unless the JSON says it."), optional=True),),
        options=(JSON, FORMAT),
        examples=(
            'zhike field create --json \'{"object": "account", "key": "fleet", "label": "车队规模", "kind": "number"}\'',
        ),
    ),
    Shape(
        "field change",
        _("Change a field you added, also its kind"),
        words=(OBJECT, Word("FIELD", _("The field’s key."))),
        options=(
            JSON,
            Option("--dry-run", "", _("Only say which values would not convert.")),
            Option("--drop", "", _("Empty values that do not convert.")),
            FORMAT,
        ),
        examples=('zhike field change account fleet --json \'{"kind": "text"}\' --dry-run',),
    ),
    Shape("field remove", _("Take a field you added out of use"), words=(OBJECT, Word("FIELD", _("The field’s key.")))),
    Shape("field list", _("The fields of an object"), words=(OBJECT,), options=(FORMAT,)),
    Shape(
        "object create",
        _("Add an object of your own"),
        options=(JSON, FORMAT),
        examples=('zhike object create --json \'{"key": "vehicle", "label": "车辆"}\'',),
    ),
    Shape("object list", _("Which objects there are"), options=(FORMAT,)),
    Shape(
        "rates import",
        _("Keep the exchange rates of the European Central Bank’s file"),
        words=(Word("FILE", _("eurofxref-hist.zip or its CSV.")),),
        options=(
            Option("--currencies", "LIST", _("Only these codes; without it those the company uses.")),
            Option("--since", "DAY", _("Only from this day on (YYYY-MM-DD).")),
            Option("--dry-run", "", _("Read the file and keep nothing.")),
            FORMAT,
        ),
        examples=("zhike rates import eurofxref-hist.zip --since 2020-01-01",),
    ),
    Shape(
        "rates set",
        _("Keep one exchange rate into the base currency"),
        words=(Word("CURRENCY", _("A currency code, such as USD.")), Word("RATE", _("What one unit is worth."))),
        options=(Option("--on", "DAY", _("From which day on (today).")),),
        examples=("zhike rates set USD 7.12 --on 2026-03-01",),
    ),
    Shape(
        "rates list",
        _("The newest exchange rates of a currency"),
        words=(Word("CURRENCY", _("A currency code, such as USD.")),),
        options=(Option("--size", "NUMBER", _("How many (20)."), least=1, most=400), FORMAT),
    ),
    Shape(
        "rates convert",
        _("An amount in another currency at the rates of a day"),
        words=(
            Word("AMOUNT", _("Such as 10000.")),
            Word("CURRENCY", _("A currency code, such as USD.")),
            Word("INTO", _("The other currency; without it the base currency."), optional=True),
        ),
        options=(Option("--on", "DAY", _("At the rates of this day (today).")),),
    ),
    Shape(
        "mail release",
        _("Let out the mail that waits since a restore"),
        options=(Option("--drop", "", _("Throw away what waits; it was sent before the backup was put back.")),),
    ),
    Shape("company show", _("The company’s facts"), options=(FORMAT,)),
    Shape(
        "company set",
        _("Change the company’s facts"),
        options=(
            Option("--name", "TEXT", _("The company’s name.")),
            Option("--currency", "CODE", _("The base currency, while no amounts are stored.")),
            Option("--country", "CODE", _("Two letters, such as CN.")),
            Option("--timezone", "NAME", _("Such as Asia/Shanghai.")),
            Option("--speaks", "CODE", _("The language of new people and the sign-in page."), ("zh-hans", "en")),
        ),
        examples=("zhike company set --name 远航 --timezone Asia/Shanghai",),
    ),
    Shape(
        "key sheet",
        _("Print the recovery sheet of the key file: keep it in a safe"),
        examples=("zhike key sheet > recovery-sheet.txt",),
    ),
    Shape(
        "key restore",
        _("Write the lost key file anew from a typed recovery sheet"),
        words=(Word("FILE", _("The lines of the sheet as a text file.")),),
        examples=("zhike key restore sheet.txt",),
    ),
    Shape(
        "privacy find",
        _("Find one person's data in every record"),
        words=(OBJECT, Word("ID", _("A record of theirs."))),
        options=(FORMAT,),
        examples=("zhike privacy find contact 1234",),
    ),
    Shape(
        "privacy export",
        _("Give one person's data out as a zip"),
        words=(OBJECT, Word("ID", _("A record of theirs."))),
        options=(
            Option("--out", "FILE", _("Where to write the zip; no file may be there yet.")),
            Option("--why", "TEXT", _("Who asked for it and how.")),
        ),
        examples=("zhike privacy export contact 1234 --out person.zip --why 'asked by mail'",),
    ),
    Shape(
        "privacy erase",
        _("Erase one person for good, or make them anonymous"),
        words=(OBJECT, Word("ID", _("A record of theirs."))),
        options=(
            Option(
                "--mode",
                "MODE",
                _("anonymise: the record stays without the person; erase: into the trash too."),
                ("anonymise", "erase"),
            ),
            Option("--why", "TEXT", _("Who asked for it and how.")),
            Option("--keep", "RECORD=WHY", _("Records that are kept, separated by commas, each with the reason.")),
        ),
        examples=("zhike privacy erase contact 1234 --mode erase --why 'asked by mail' --keep 'file:88=invoice'",),
    ),
    Shape(
        "handover new",
        _("Draft the handover of what somebody leaves behind, and show who would get what"),
        words=(Word("LEAVER", _("Who leaves: their login.")),),
        options=(
            Option(
                "--rules",
                "RULES",
                _("Who gets what, the first that matches: 'region = east -> li.na; * -> @Sales'."),
            ),
            Option("--rest", "LOGIN", _("Who gets everything else.")),
            Option("--last-day", "DATE", _("Their last day (today).")),
            FORMAT,
        ),
        examples=("zhike handover new wang.lei --rules 'region = east -> li.na' --rest chen.siyuan",),
    ),
    Shape(
        "handover preview",
        _("Who would get how many of what, and what is in the way"),
        words=(Word("ID", _("The handover’s number.")),),
        options=(FORMAT,),
        examples=("zhike handover preview 1234",),
    ),
    Shape(
        "handover do",
        _("Hand it over: access ends, everything changes hands"),
        words=(Word("ID", _("The handover’s number.")),),
        options=(Option("--after-last-day", "", _("Leave it to the schedule, when the last day is over.")),),
        examples=("zhike handover do 1234",),
    ),
    Shape("handover list", _("The handovers there are, the newest first"), options=(FORMAT,)),
    Shape(
        "privacy retention",
        _("What a retention rule would take now, and what something still holds"),
        words=(OBJECT,),
        options=(
            WHERE,
            Option("--then", "WHAT", _("What then happens (trash)."), ("trash", "anonymise", "erase")),
            FORMAT,
        ),
        examples=(
            "zhike privacy retention lead --where 'status = disqualified and changed < today - 3 years'",
            "zhike action retention_rule switch_on 12 --json '{\"seen\": 3}'",
        ),
    ),
    Shape(
        "privacy leak",
        _("Whose data was read and which of it, or the draft of a report about it"),
        options=(
            Option("--who", "LOGIN", _("Only what this person read.")),
            Option("--token", "ID", _("Only what came with this token (its id).")),
            Option("--objects", "LIST", _("Only these objects.")),
            Option("--fields", "LIST", _("Only these fields, such as phone or contact.phone.")),
            Option("--since", "INSTANT", _("From this instant or day on.")),
            Option("--until", "INSTANT", _("Until this instant, or the end of this day.")),
            Option("--report", "WHICH", _("Print the draft of this report instead."), ("four_hours", "three_days")),
            FORMAT,
        ),
        examples=(
            "zhike privacy leak --who wang.lei --since 2026-03-01 --fields phone,email --format csv",
            "zhike privacy leak --since 2026-03-01 --report four_hours --language zh-hans",
        ),
    ),
    Shape("key list", _("The master keys of the home, and how the last turn went"), options=(FORMAT,)),
    Shape(
        "key rotate",
        _("Turn the master key: add a new one and wrap every data key under it; people go on working"),
        options=(
            Option(
                "--cipher", "NAME", _("Seal with this cipher from now on, and what lies there too."), ("aes", "sm4")
            ),
        ),
        examples=("zhike key rotate", "zhike key rotate --cipher sm4"),
    ),
    Shape(
        "key retire",
        _("Remove master keys that nothing uses any more; the worker does it by itself"),
        options=(
            Option("--at-once", "", _("Do not wait an hour: no server and no worker is running.")),
            Option(
                "--despite-backups", "", _("Also keys that kept backups need: those then need the old recovery sheet.")
            ),
        ),
    ),
    Shape(
        "backup",
        _("Make a backup while the server runs, and try it"),
        options=(
            Option("--out", "FILE", _("Also write it here; without it it lies in the home’s folder “backups”.")),
            Option("--no-trial", "", _("Do not try it by restoring it into a scratch place.")),
        ),
        examples=("zhike backup", "zhike backup --out /mnt/usb/zhike.zip"),
    ),
    Shape("backup list", _("Which backups there are, and whether they are good"), options=(FORMAT,)),
    Shape("backup try", _("Try a backup once more"), words=(Word("NAME", _("Its file name in “zhike backup list”.")),)),
    Shape(
        "restore",
        _("Put a backup in the place of the home’s data, with the server stopped"),
        words=(Word("FILE", _("The backup.")),),
        options=(
            Option("--key", "FILE", _("The key file it was made with, when the home does not have it.")),
            Option("--other-home", "", _("Take it even though it is of another installation.")),
        ),
        examples=("zhike restore zhike-20261124T191500Z.zip --home /srv/zhike --key zhike.key",),
        needs_data=False,
    ),
    Shape(
        "move",
        _("Move the home’s data into another database, with the server stopped"),
        words=(
            Word(
                "DATABASE",
                _("Where from (may be left out) and where to: postgresql://user@host/name or sqlite."),
                many=True,
            ),
        ),
        options=(FORMAT,),
        examples=("zhike move sqlite postgresql://zhike@db/zhike", "zhike move sqlite"),
    ),
    Shape(
        "migrate",
        _("Make or bring up to date the database of the home"),
        options=(Option("--no-backup", "", _("Do not make a backup before an upgrade.")),),
        needs_data=False,
    ),
    Shape(
        "check",
        _("Check the installation"),
        options=(
            Option("--derived", "", _("Also recompute derived values and compare.")),
            Option("--repair", "", _("Recompute derived values and put right what differs.")),
            Option("--audit", "", _("Also go through the whole audit chain and every change it covers.")),
            FORMAT,
        ),
    ),
    Shape(
        "help",
        _("Explain a command"),
        words=(Word("COMMAND", _("Which one."), optional=True, many=True),),
        options=(Option("--all", "", _("Its form with --all.")),),
    ),
)
