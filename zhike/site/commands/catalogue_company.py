"""Commands that set the company up: people, roles, fields, objects, rates, mail."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.site.commands.arguments import Option, Shape, Word
from zhike.site.commands.shared_options import FORMAT, JSON, OBJECT, ROLE

COMPANY: tuple[Shape, ...] = (
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
)
