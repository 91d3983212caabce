"""Filters at random: valid ones over the sample deal, and near misses."""

from __future__ import annotations

from hypothesis import strategies as st

from zhike.query.lexer import quoted

NUMBERS = ("0", "3", "-2", "1_000", "10万", "2.5")
WORDS = (
    "new",
    "ACME",
    "钢铁",
    '"a \\"b\\" \\\\ c"',
    "'two words'",
    "today",
    '"and"',
    '"me"',
    "2026Q1",
    "007",
    '"100%"',
)
DAYS = ("today", "2026-03-09", "today - 7 days", "today + 2 weeks - 1 month", '"2026/3/10"', "2024-02-29 + 1 year")
PERIODS = (
    "next 30 days",
    "last 2 quarters",
    "this week",
    "last month",
    "next year",
    "2026",
    "2026Q1",
    "2026-03",
    "2026-W09",
    "2026-03-01..2026-03-31",
    "2025..today",
    "today",
)
ORDER = ("=", "!=", "<", "<=", ">", ">=")
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6).filter(
    lambda text: bool(text.strip())
)


def _some(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def _listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4).map(lambda found: f"({', '.join(found)})")


def _compared(field: str, operators: tuple[str, ...], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    plain = st.builds(lambda op, value: f"{field} {op} {value}", _some(operators), values)
    listed = st.builds(lambda no, some: f"{field} {no}in {some}", _some(("", "not ")), _listed(values))
    return st.one_of(plain, listed, _some((f"{field} is empty", f"{field} is not empty")))


WHOLE = ("0", "3", "-2", "1_000", "10万", "42")
CONDITIONS = st.one_of(
    _compared("name", ("=", "!=", "~"), st.one_of(_some(WORDS), TEXTS.map(quoted))),
    _compared("account.name", ("=", "!=", "~"), st.one_of(_some(WORDS), TEXTS.map(quoted))),
    _compared("seats", ORDER, _some(WHOLE)),
    _compared("amount", ORDER, _some(NUMBERS)),
    _compared("amount.value", ORDER, _some(NUMBERS)),
    _compared(
        "industry", ("=", "!="), _some(("steel", "化工", "Food", '"Food and drink"')).filter(lambda w: w != "Food")
    ),
    _compared("account.industry", ("=", "!="), _some(("steel", "chemistry"))),
    _compared("stage", ("=", "!="), _some(("new", '"New deal"', "3", "今天", "2026Q1", '"and"'))),
    _compared("owner", ("=", "!="), _some(("me", "3", '"李雷"', "Bo"))),
    _compared("parent", ("=", "!="), _some(("account:3", "7", "me"))),
    _compared("close_on", ORDER, _some(DAYS + PERIODS)),
    _compared("met", ORDER, _some((*DAYS, *PERIODS, "2026-03-09T14:30", '"2026-03-09 14:30"', "now - 2 hours"))),
    st.builds(lambda no, period: f"close_on {no}within {period}", _some(("", "not ")), _some(PERIODS)),
    st.builds(lambda period: f"met within {period}", _some((*PERIODS, "last 24 hours", "next 1 hour"))),
    _some(("is_key = true", "is_key != no", "is_key is empty", "shared with me", "everything", "nothing")),
    st.builds(lambda no, tags: f"tags {no}has {tags}", _some(("", "not ")), _listed(_some(("vip", "key", '"VIP"')))),
    _some(("segment = vip", "segment != 'VIP East'", "account.segment = vip", "not account.segment = vip")),
    st.builds(
        lambda no, some: f"account.segment {no}in {some}", _some(("", "not ")), _listed(_some(("vip", '"VIP East"')))
    ),
    st.builds(lambda who: f"watchers has {who}", _listed(_some(("me", "ACME", "Bo", "9", "nobody")))),
)

FILTERS: st.SearchStrategy[str] = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map(lambda part: f"not {part}"),
    ),
    max_leaves=6,
)

PIECES = st.sampled_from(
    [
        *"()=<>~!.,:+-*/\"'“”（）、\\ \n",
        *(
            "!=",
            "<=",
            ">=",
            "..",
            "and",
            "or",
            "not",
            "in",
            "is",
            "empty",
            "has",
            "reached",
            "within",
            "ends",
            "domain",
            "shared",
        ),
        *(
            "with",
            "me",
            "today",
            "now",
            "next",
            "last",
            "this",
            "days",
            "month",
            "30",
            "2026",
            "2026-03-09",
            "2026Q1",
            "10万",
        ),
        *(
            "name",
            "amount",
            "stage",
            "account",
            "close_on",
            "met",
            "tags",
            "watchers",
            "parent",
            "owner",
            "industry",
            "id",
        ),
        *("value", "currency", "new", "account:12", "99999999999999999999", "9999-12-31", "0001-01-01", "\0", "\ud800"),
    ]
)
NEAR_MISSES = st.lists(PIECES, max_size=14).map(" ".join)
