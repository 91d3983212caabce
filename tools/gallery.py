"""What the gallery shows: every page of the list of addresses, or why it has no picture of its own."""

from __future__ import annotations

from dataclasses import dataclass

from tools.addresses import page_patterns, pattern_of

SELLER, MANAGER, ADMINISTRATOR, NOBODY = "li.na", "chen.siyuan", "admin", ""


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: who looks at it, where it is, and what is done before the picture. ``{…}`` are ids found in lists.

    ``steps`` in turn, where they are there: a selector is clicked, ``key:`` pressed, ``choose:selector=value`` chosen,
    ``fill:selector=text`` typed."""

    name: str
    who: str
    path: str
    title: str
    steps: tuple[str, ...] = ()


SHOTS = (
    Shot("sign-in", "", "/sign-in", "Signing in"),
    Shot("home", SELLER, "/", "Home"),
    Shot("home-people", MANAGER, "/?who=people", "Home, a manager's people"),
    Shot("accounts", SELLER, "/accounts", "A list"),
    Shot(
        "accounts-builder",
        SELLER,
        "/accounts?where=level+in+(key,+normal)+and+open_amount+>+100000&build=1",
        "Conditions",
    ),
    Shot("accounts-groups", MANAGER, "/opportunities?group=stage", "Grouped"),
    Shot(
        "accounts-panel",
        SELLER,
        "/accounts?where=open_deals+>+1",
        "The panel beside a list",
        ("key:j", "key:Space"),
    ),
    Shot("account", SELLER, "/accounts/{account}", "A record"),
    Shot("opportunity", SELLER, "/opportunities/{deal}", "A deal with its stages"),
    Shot("history", SELLER, "/opportunities/{deal}/history", "History"),
    Shot("account-new", SELLER, "/accounts/new?name=%E5%87%8C%E6%B8%A1", "A form"),
    Shot("convert", SELLER, "/leads/{lead}/actions/convert", "Converting a lead"),
    Shot("board", SELLER, "/opportunities/board", "A board"),
    Shot("tasks", SELLER, "/tasks", "Tasks"),
    Shot("calendar", SELLER, "/calendar", "Calendar"),
    Shot("calendar-month", SELLER, "/calendar?view=month", "Calendar, a month"),
    Shot("inbox", SELLER, "/inbox", "Inbox"),
    Shot("search", SELLER, "/search?q=%E5%87%8C%E6%B8%A1", "Search"),
    Shot("dashboard", MANAGER, "/dashboard", "Dashboard"),
    Shot("handover", MANAGER, "/handovers/{handover}", "Handing over what somebody leaves behind"),
    Shot("import", ADMINISTRATOR, "/accounts/import", "Importing"),
    Shot("duplicates", ADMINISTRATOR, "/accounts/duplicates", "Duplicates"),
    Shot("merge", ADMINISTRATOR, "/accounts/merge?ids={account}&ids={other}", "Merging"),
    Shot("preferences", SELLER, "/preferences", "Preferences"),
    Shot("settings", ADMINISTRATOR, "/settings", "Settings"),
    Shot("settings-people", ADMINISTRATOR, "/settings/people", "People"),
    Shot("settings-departments", ADMINISTRATOR, "/settings/departments", "Departments"),
    Shot("settings-roles", ADMINISTRATOR, "/settings/roles", "Roles"),
    Shot("settings-fields", ADMINISTRATOR, "/settings/objects/account", "Fields"),
    Shot("settings-options", ADMINISTRATOR, "/settings/options/account/status", "Options"),
    Shot("settings-pipelines", ADMINISTRATOR, "/settings/pipelines", "Pipelines"),
    Shot("settings-layouts", ADMINISTRATOR, "/settings/layouts/account", "Layouts"),
    Shot("settings-calendar", ADMINISTRATOR, "/settings/calendar", "Working calendar"),
    Shot("settings-mail", ADMINISTRATOR, "/settings/mail", "Mail"),
    Shot("welcome", NOBODY, "{welcome}", "Welcome"),
    Shot("forgotten", NOBODY, "/sign-in/forgotten", "Password forgotten"),
    Shot("offline", NOBODY, "/offline", "Without a connection"),
    Shot("first-steps", ADMINISTRATOR, "/settings/first-steps", "First steps"),
    Shot("record-edit", SELLER, "/accounts/{account}/edit", "Changing a record"),
    Shot(
        "explainer",
        ADMINISTRATOR,
        "/opportunities/{deal}/access",
        "Who can see it, and why",
        ("choose:select[name=person]={person}",),
    ),
    Shot("as-of", MANAGER, "/opportunities?as_of={past}", "A list as it was"),
    Shot("record-as-of", SELLER, "/opportunities/{deal}/as-of?at={past}", "A record as it was"),
    Shot("operation", SELLER, "/operations/{operation}", "An operation"),
    Shot("undo", SELLER, "/opportunities/{deal}/history", "Undo, tried first", (".chapter a[href*='/undo']",)),
    Shot("bulk", SELLER, "/accounts/change?ids={account},{other}", "Changing many at once"),
    Shot("export", MANAGER, "/accounts/export", "Export"),
    Shot("view", SELLER, "/accounts/views/new?where=level+=+key", "A view of one's own"),
    Shot("related-add", SELLER, "/accounts/{account}/add/contacts", "Adding in place"),
    Shot("log", SELLER, "/log", "A follow-up from anywhere"),
    Shot("favourites", SELLER, "/favourites", "Favourites"),
    Shot("calendar-day", SELLER, "/calendar?view=day", "Calendar, a day"),
    Shot("dashboard-edit", ADMINISTRATOR, "/dashboards/{dashboard}/arrange", "Arranging a dashboard"),
    Shot("tile", ADMINISTRATOR, "/dashboards/{dashboard}/tiles/new", "A tile"),
    Shot("import-columns", ADMINISTRATOR, "/accounts/import/{columns}", "Importing: columns"),
    Shot("import-check", ADMINISTRATOR, "/accounts/import/{check}/check", "Importing: tried"),
    Shot("import-done", ADMINISTRATOR, "/accounts/import/{done}/done", "Importing: done"),
    Shot("trash", ADMINISTRATOR, "/trash", "Trash"),
    Shot("jobs", ADMINISTRATOR, "/jobs?who=all", "Jobs"),
    Shot("job", ADMINISTRATOR, "/jobs/{job}", "A job"),
    Shot("security", ADMINISTRATOR, "/security", "Sign-in and devices"),
    Shot("security-app", ADMINISTRATOR, "/security/app", "The second step"),
    Shot("security-passkey", ADMINISTRATOR, "/security/passkey", "A passkey"),
    Shot("settings-company", ADMINISTRATOR, "/settings/company", "Company details"),
    Shot("settings-person", ADMINISTRATOR, "/settings/people/{person}", "A person"),
    Shot("settings-invite", ADMINISTRATOR, "/settings/people/invite", "Inviting somebody"),
    Shot("settings-department", ADMINISTRATOR, "/settings/departments/{department}", "A department"),
    Shot("settings-role", ADMINISTRATOR, "/settings/roles/{role}", "What a role may do"),
    Shot(
        "simulation",
        ADMINISTRATOR,
        "/settings/roles/{role}",
        "What a change would open",
        ("choose:select[name='account.read']=department", "[formaction$='/try']"),
    ),
    Shot("settings-role-fields", ADMINISTRATOR, "/settings/roles/{role}/fields", "Fields of a role"),
    Shot("settings-role-people", ADMINISTRATOR, "/settings/roles/{role}/people", "People of a role"),
    Shot("settings-role-new", ADMINISTRATOR, "/settings/roles/0/about", "A new role"),
    Shot("settings-sharing", ADMINISTRATOR, "/settings/sharing", "Sharing rules"),
    Shot("settings-sharing-rule", ADMINISTRATOR, "/settings/sharing/{rule}", "A sharing rule"),
    Shot("settings-assignment", ADMINISTRATOR, "/settings/assignment", "Assignment rules"),
    Shot("settings-assignment-rule", ADMINISTRATOR, "/settings/assignment/0", "An assignment rule"),
    Shot("settings-currencies", ADMINISTRATOR, "/settings/currencies", "Currencies and rates"),
    Shot("settings-currency", ADMINISTRATOR, "/settings/currencies/USD", "Rates of a currency"),
    Shot("settings-rates-file", ADMINISTRATOR, "/settings/currencies/file", "Rates from a file"),
    Shot("settings-objects", ADMINISTRATOR, "/settings/objects", "Objects"),
    Shot("settings-object-new", ADMINISTRATOR, "/settings/objects/new", "An object of one's own"),
    Shot("settings-object-about", ADMINISTRATOR, "/settings/objects/account/about", "About an object"),
    Shot("settings-field-kinds", ADMINISTRATOR, "/settings/objects/account/fields/new", "A new field: its kind"),
    Shot("settings-field-new", ADMINISTRATOR, "/settings/objects/account/fields/new?kind=choice", "A new field"),
    Shot("settings-field", ADMINISTRATOR, "/settings/objects/account/fields/level", "A field"),
    Shot("settings-options-list", ADMINISTRATOR, "/settings/options", "Choices"),
    Shot("settings-layouts-list", ADMINISTRATOR, "/settings/layouts", "Layouts of all objects"),
    Shot("settings-pipeline", ADMINISTRATOR, "/settings/pipelines/{pipeline}", "Stages"),
    Shot("settings-stage", ADMINISTRATOR, "/settings/pipelines/{pipeline}/stages/{stage}", "A stage"),
    Shot("settings-pipeline-new", ADMINISTRATOR, "/settings/pipelines/new", "A new pipeline"),
    Shot("settings-numbers", ADMINISTRATOR, "/settings/numbers", "Automatic numbers"),
    Shot("settings-number", ADMINISTRATOR, "/settings/numbers/account/number", "A number rule"),
    Shot("settings-duplicates", ADMINISTRATOR, "/settings/duplicates", "What is told of duplicates"),
    Shot("settings-demo", ADMINISTRATOR, "/settings/demo", "The demo company"),
    Shot("settings-key", ADMINISTRATOR, "/settings/key", "The master key"),
    Shot("settings-backups", ADMINISTRATOR, "/settings/backups", "Backups"),
    Shot("settings-health", ADMINISTRATOR, "/settings/health", "Health"),
    Shot("settings-privacy", ADMINISTRATOR, "/settings/privacy", "The privacy desk"),
    Shot("settings-privacy-person", ADMINISTRATOR, "/settings/privacy/contacts/{contact}", "One person's data"),
    Shot("settings-retention", ADMINISTRATOR, "/settings/retention", "How long what is kept"),
    Shot("settings-retention-rule", ADMINISTRATOR, "/settings/retention/0", "A rule of keeping"),
    Shot("settings-breach", ADMINISTRATOR, "/settings/breach", "Who is concerned by a breach"),
    Shot("handover-watch", MANAGER, "/handovers/watch", "Who leaves, and what they take"),
    Shot("settings-access-log", ADMINISTRATOR, "/settings/access-log", "Who read what"),
    Shot("settings-log", ADMINISTRATOR, "/settings/log", "Changes of settings"),
    Shot("settings-audit", ADMINISTRATOR, "/settings/audit", "Audit"),
    Shot("settings-sso", ADMINISTRATOR, "/settings/single-sign-on?kind=oidc", "Company account"),
    Shot("missing", SELLER, "/accounts/1", "A page that is not there"),
)
GUIDE = ("explainer", "simulation", "undo", "record-as-of", "settings-privacy-person")  # shown in the guide, at a desk
README = {  # picture → page, language, theme, size
    "dashboard-zh": ("dashboard", "zh", "light", "desk"),
    "accounts-zh": ("accounts", "zh", "light", "desk"),
    "account-zh": ("account", "zh", "light", "desk"),
    "board-zh": ("board", "zh", "light", "desk"),
    "opportunity-zh-dark": ("opportunity", "zh", "dark", "desk"),
    "new-account-zh": ("account-new", "zh", "light", "desk"),
    "phone-accounts-zh": ("accounts", "zh", "light", "phone"),
    "phone-opportunity-zh": ("opportunity", "zh", "light", "phone"),
    "handover-zh": ("handover", "zh", "light", "desk"),
    "handover-en": ("handover", "en", "light", "desk"),
    "dashboard-en": ("dashboard", "en", "light", "desk"),
    "accounts-en": ("accounts", "en", "light", "desk"),
    "opportunity-en": ("opportunity", "en", "light", "desk"),
    "board-en-dark": ("board", "en", "dark", "desk"),
    "phone-board-en": ("board", "en", "light", "phone"),
}

WITHOUT_PICTURE = {
    "something is done there, or a program answered; no page": (
        "home/arrange home/done sign-in/with sign-in/back sign-in/passkey security/begin security/passkey/ask sign-out"
        " app.webmanifest sw.js language dashboards/<int:id>/first dashboards/<int:id>/preview calendar/<str:token>.ics inbox/count"
        " inbox/mark inbox/<int:id> inbox/<int:id>/open settings/backups/log settings/backups/make settings/backups/<str:name>/try"
        " settings/backups/<str:name>/download settings/people/<int:id>/access settings/people/<int:id>/link"
        " settings/departments/<int:id>/move settings/mail/try settings/audit/prove settings/pipelines/<int:id>/order"
        " regions.json files/<str:object>/<int:id>/<str:field> jobs/<int:id>/stop <str:plural>/<int:id>.vcf"
        " <str:plural>/<int:id>/shares/<int:share>/stop <str:plural>/<int:id>/remove/<str:name>/<int:other_id>"
        " <str:plural>/<int:id>/files <str:plural>/<int:id>/marks/<str:kind> <str:plural>/layout <str:plural>/views"
        " <str:plural>/import/template <str:plural>/import/<int:id>/drop <str:plural>/import/<int:id>/try"
        " <str:plural>/import/<int:id>/run <str:plural>/import/<int:id>/mend <str:plural>/import/<int:id>/refused"
        " <str:plural>/import/<int:id>/undo <str:plural>/board/move <str:plural>/board/add <str:plural>/duplicates/not-same"
        " <str:plural>/duplicates/take-back <str:plural>/<int:id>/follow-ups <str:plural>/<int:id>/follow-ups/read"
        " <str:plural>/<int:id>/comments settings/backups/everything settings/backups/everything/<int:id> jobs/<int:id>/file"
        " settings/breach/list settings/breach/report settings/mail/release handovers/<int:id>/receipt"
        " handover_parts/<int:id>/receipt"
    ),
    "a part of a page that has a picture": (
        "pick/<str:plural> jobs/<int:id>/sign files/<str:object>/<int:id>/<str:field>/look <str:plural>/<int:id>/card"
        " <str:plural>/<int:id>/beside <str:plural>/<int:id>/lists <str:plural>/board/cards <str:plural>/<int:id>/timeline"
        " <str:plural>/<int:id>/people <str:plural>/<int:id>/reveal/<str:field> <str:plural>/<int:id>/cell/<str:field>"
        " <str:plural>/views/<int:id> dashboards/<int:id>/tiles/<int:tile> settings/roles/<int:id>/try operations/<int:operation>/undo"
        " dashboards/<int:id> settings/conditions handovers/<int:id>/rules handovers/<int:id>/conditions handover_parts/<int:id>"
        " handover_customers/<int:id> <str:plural>/<int:id>/lines dashboards/<int:id>/tiles/<int:tile>/figures"
    ),
    "a question before something is done; one looks like the other": (
        "settings/people/<int:id>/let-go settings/people/<int:id>/take-back settings/departments/new"
        " settings/departments/<int:id>/remove settings/options/<str:object>/<str:field>/<str:key>/merge"
        " settings/roles/<int:id>/remove settings/sharing/<int:id>/remove settings/assignment/<int:id>/remove"
        " settings/demo/load settings/demo/remove settings/key/turn"
        " settings/pipelines/<int:id>/remove settings/pipelines/<int:id>/stages/<int:stage>/remove"
        " settings/retention/<int:id>/remove handovers/<int:id>/correct"
        " settings/objects/<str:key>/fields/<str:field>/remove security/confirm <str:plural>/actions/<str:name>"
    ),
    "only in the middle of signing in": "sign-in/second",
}
"""Reason → patterns."""


def unseen() -> list[str]:
    """The patterns that have neither a picture nor a reason to have none, and reasons that hold no more."""
    shown = {pattern_of(_plain(shot.path)) for shot in SHOTS}
    excused = {route for routes in WITHOUT_PICTURE.values() for route in routes.split()}
    every = set(page_patterns())
    return sorted((every - shown - excused) | (excused - every) | (excused & shown))


def _plain(path: str) -> str:
    """An address with something in the place of what is found later."""
    if path == "{welcome}":
        return "/welcome/x"
    return "".join("1" if part.startswith("{") else part for part in _parts(path))


def _parts(path: str) -> list[str]:
    return path.replace("{", "\0{").replace("}", "}\0").split("\0")
