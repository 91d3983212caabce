from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.query.samples import ACCOUNT, ME, OPPORTUNITY, SETTING, STAGE, USER, read
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import speaking
from zhike.query.moments import moves_with_time
from zhike.query.tree import EVERYTHING, NOTHING, And, Compare, Node, Not, Or, Path, SharedWithMe
from zhike.schema.spec import ObjectSpec

DEAL = OPPORTUNITY


def own(key: str, spec: ObjectSpec = DEAL, part: str | None = None) -> Path:
    return Path((spec,), (), spec[key], part)


def over(link: str, target: ObjectSpec, key: str) -> Path:
    return Path((DEAL, target), (DEAL[link],), target[key])


def one(text: str, spec: ObjectSpec = DEAL) -> Compare:
    node = read(text, spec)
    assert isinstance(node, Compare), node
    return node


def refusal(text: str, spec: ObjectSpec = DEAL) -> BadQuery:
    with pytest.raises(BadQuery) as caught:
        read(text, spec)
    assert caught.value.source == text
    return caught.value


# -- logic and shape ---------------------------------------------------------------------------------------------------
def test_empty_text_asks_for_everything() -> None:
    assert read("") == EVERYTHING
    assert read("  \n") == EVERYTHING


def test_the_example_of_the_design_is_understood() -> None:
    node = read(
        'stage in (new, proposal) and amount > 10000 and account.industry = "steel" and close_on within next 30 days'
        " and owner = me"
    )
    assert node == And(
        (
            Compare(over("stage", STAGE, "code"), "in", ("new", "proposal"), "(new, proposal)"),
            Compare(own("amount"), ">", 1_000_000, "10000"),
            Compare(over("account", ACCOUNT, "industry"), "=", "steel", "steel"),
            And(
                (
                    Compare(own("close_on"), ">=", date(2026, 3, 9), "within next 30 days"),
                    Compare(own("close_on"), "<", date(2026, 4, 8), "within next 30 days"),
                )
            ),
            Compare(own("owner"), "=", ME, "me"),
        )
    )


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    a, b, c = (Compare(own("seats"), "=", n, str(n)) for n in (1, 2, 3))
    assert read("seats = 1 or seats = 2 and seats = 3") == Or((a, And((b, c))))
    assert read("(seats = 1 or seats = 2) and seats = 3") == And((Or((a, b)), c))
    assert read("not seats = 1 and seats = 2") == And((Not(a), b))
    assert read("not (seats = 1 and seats = 2)") == Not(And((a, b)))
    assert read("not not seats = 1") == Not(Not(a))


def test_brackets_without_meaning_leave_no_trace() -> None:
    assert read("((seats = 1) and (seats = 2 and (seats = 3)))") == read("seats = 1 and seats = 2 and seats = 3")
    assert read("seats = 1 or (seats = 2 or seats = 3)") == read("seats = 1 or seats = 2 or seats = 3")


def test_keywords_may_have_any_case_and_chinese_forms() -> None:
    assert read("SEATS = 1 AND Seats = 2 OR NOT seats IN (3)") == read("seats = 1 and seats = 2 or seats not in (3)")
    assert read("seats = 1 且 seats = 2 或 非 seats = 3") == read("seats = 1 and seats = 2 or not seats = 3")
    assert read("owner = 我") == read("owner = me")


def test_full_width_signs_count_as_their_ascii_forms() -> None:
    assert read("（name ＝ “钢铁”） and seats ≥ 3，".removesuffix("，")) == read('(name = "钢铁") and seats >= 3')
    assert read("industry in （steel，food）") == read("industry in (steel, food)")
    assert read("industry in （steel、food）") == read("industry in (steel, food)")
    assert read("name ～ ‘钢’ and seats ！＝ 3") == read("name ~ '钢' and seats != 3")


def test_everything_and_nothing_can_be_written() -> None:
    assert read("nothing") == NOTHING
    assert read("everything") == EVERYTHING
    assert read("not (nothing)") == Not(NOTHING)
    assert read("everything and seats = 1") == read("seats = 1")


def test_shared_with_me_is_a_condition() -> None:
    assert read("shared with me or seats = 1") == Or((SharedWithMe(DEAL, ME), Compare(own("seats"), "=", 1, "1")))


def test_not_in_not_has_and_is_not_empty_are_complements() -> None:
    assert read("industry not in (steel)") == Not(one("industry in (steel)"))
    assert read("tags not has vip") == Not(one("tags has vip"))
    assert read("amount is not empty") == Not(Compare(own("amount"), "empty", None))
    assert read("close_on not within 2026") == Not(read("close_on within 2026"))


# -- text --------------------------------------------------------------------------------------------------------------
def test_texts_stand_in_either_quote_with_backslash_escapes() -> None:
    assert one(r'name = "say \"hi\" \\ now"').value == r'say "hi" \ now'
    assert one("name = 'it\\'s'").value == "it's"
    assert one('name = “他说"好"”').value == '他说"好"'
    assert one('note ~ "a\\nb"').value == "a\nb"


def test_a_bare_word_or_number_is_a_text_for_text_fields() -> None:
    assert one("name = ACME").value == "ACME"
    assert one("name = 007").value == "007"
    assert one("name = 2026Q1").value == "2026Q1"
    assert one("name = today").value == "today"


def test_an_empty_text_asks_for_emptiness() -> None:
    empty = Compare(own("name"), "empty", None)
    assert read('name = ""') == empty
    assert read('name != "  "') == Not(empty)
    assert read("name = empty") == empty
    assert one('name = "empty"').value == "empty"


def test_contains_takes_a_text_even_on_links_where_it_means_the_title() -> None:
    assert one("note ~ steel") == Compare(own("note"), "~", "steel", "steel")
    assert one('stage ~ "pro"') == Compare(over("stage", STAGE, "name"), "~", "pro", "pro")
    assert "at least one character" in str(refusal('name ~ ""'))


# -- numbers and money -------------------------------------------------------------------------------------------------
def test_amounts_become_minor_units() -> None:
    assert one("amount > 10000").value == 1_000_000
    assert one("amount > 10_000.50").value == 1_000_050
    assert one("amount < -3").value == -300
    assert one("amount >= 10万") == Compare(own("amount"), ">=", 10_000_000, "10万")
    assert one("amount >= 1.5亿").value == 15_000_000_000


def test_numbers_keep_their_decimals_as_scaled_integers() -> None:
    assert one("weight = 1.5").value == 1500
    assert one("seats in (1, 2, 1)").value == (1, 2)
    assert one("probability >= 50%").value == one("probability >= 50").value


def test_a_comma_inside_a_number_is_refused_with_the_way_to_write_it() -> None:
    problem = refusal("amount > 10,000")
    assert problem.position == 11
    assert "10000 or 10_000" in str(problem)


def test_a_number_too_large_to_store_is_refused() -> None:
    assert refusal("seats = 99999999999999999999999").position == 8
    assert "too long" in str(refusal("seats = " + "9" * 41))
    refusal("id = 99999999999999999999")


# -- choices -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["steel", "Steel", '"STEEL"', "钢铁", "“钢铁”"])
def test_a_choice_is_meant_by_key_or_by_label_in_any_language(word: str) -> None:
    assert one(f"industry = {word}") == Compare(own("industry"), "=", "steel", "steel")


def test_an_unknown_choice_is_refused_with_a_guess() -> None:
    problem = refusal("industry = stel")
    assert problem.position == 11
    assert "Did you mean “steel”" in str(problem)


def test_many_choices_are_asked_with_has() -> None:
    assert one("tags has vip") == Compare(own("tags"), "has", ("vip",), "vip")
    assert one('tags has (vip, "Key account")') == Compare(own("tags"), "has", ("vip", "key"), "(vip, key)")
    assert one("tags has Former").value == ("old",)
    problem = refusal("tags = vip")
    assert "Possible: has, is empty" in str(problem)


def test_yes_and_no_have_several_spellings() -> None:
    for word in ("true", "Yes", "是"):
        assert one(f"is_key = {word}") == Compare(own("is_key"), "=", True, "true")
    assert one("is_key != no").value is False
    refusal("is_key = maybe")


# -- links -------------------------------------------------------------------------------------------------------------
def test_a_bare_word_on_a_link_is_a_stable_key_and_a_quoted_one_a_title() -> None:
    assert one("stage = new") == Compare(over("stage", STAGE, "code"), "=", "new", "new")
    assert one('stage = "New deal"') == Compare(over("stage", STAGE, "name"), "=", "New deal", '"New deal"')
    assert one("stage != new").op == "!="
    assert one("stage.outcome = won") == Compare(over("stage", STAGE, "outcome"), "=", "won", "won")


def test_without_a_stable_key_a_bare_word_is_a_title() -> None:
    assert one("account = ACME") == Compare(over("account", ACCOUNT, "name"), "=", "ACME", "ACME")


def test_numbers_and_me_on_a_link_are_ids() -> None:
    assert one("account = 12") == Compare(own("account"), "=", 12, "12")
    assert one("owner = me") == Compare(own("owner"), "=", ME, "me")
    assert one("account = account:12") == one("account = 12")
    assert one("stage = me").path == over("stage", STAGE, "code")


def test_a_list_on_a_link_may_mix_ids_keys_and_titles() -> None:
    assert read('stage in (new, 3, "Old one", proposal, 4)') == Or(
        (
            Compare(over("stage", STAGE, "code"), "in", ("new", "proposal"), "(new, proposal)"),
            Compare(own("stage"), "in", (3, 4), "(3, 4)"),
            Compare(over("stage", STAGE, "name"), "in", ("Old one",), '("Old one")'),
        )
    )
    assert read("owner in ()") == Compare(own("owner"), "in", (), "()")


def test_any_link_takes_a_kind_and_an_id() -> None:
    assert one("parent = account:123") == Compare(own("parent"), "=", 123, "account:123")
    assert one("parent is empty") == Compare(own("parent"), "empty", None)
    assert "no object called “acount”" in str(refusal("parent = acount:123"))
    assert "account:123" in str(refusal("parent = ACME"))


def test_many_links_are_found_by_title_or_id() -> None:
    assert one("watchers has me") == Compare(own("watchers"), "has", (ME,), "me")
    assert one("partners has ACME") == Compare(own("partners"), "has", (11,), "ACME")
    assert one('partners has ("Bo", 5, nobody)') == Compare(own("partners"), "has", (21, 22, 5), "(Bo, 5, nobody)")


def test_a_link_to_another_object_is_refused() -> None:
    assert "does not lead to" in str(refusal("account = user:5"))


# -- paths -------------------------------------------------------------------------------------------------------------
def test_paths_cross_at_most_four_links() -> None:
    assert one("account.parent.parent.parent.industry = food").path.text == "account.parent.parent.parent.industry"
    problem = refusal("account.parent.parent.parent.parent.industry = food")
    assert problem.position == 36
    assert "at most 4 links" in str(problem)


def test_a_path_goes_on_after_links_only() -> None:
    assert "it is not a link" in str(refusal("name.length = 3"))
    assert "several records" in str(refusal("watchers.name = Bo"))
    assert "several records" in str(refusal("parent.name = Bo"))


def test_labels_are_accepted_where_they_are_unambiguous() -> None:
    assert one("Amount > 1").path == own("amount")
    assert one("account.Industry = steel").path.text == "account.industry"
    assert "twin_one" in str(refusal("Twin = 3"))


def test_a_chinese_label_is_accepted_when_the_reader_reads_chinese() -> None:
    refusal("客户 = 12")
    with speaking("zh-hans"):
        assert one("客户 = 12").path == own("account")
        assert one("客户.industry = 钢铁").value == "steel"


def test_an_unknown_field_is_refused_at_its_place_with_a_guess() -> None:
    problem = refusal("seats = 1 and acount.industry = steel")
    assert problem.position == 14
    assert "Opportunity has no field called “acount”. Did you mean “account”" in str(problem)
    assert refusal("account.indstry = steel").position == 8


def test_a_hidden_field_is_answered_like_one_that_does_not_exist() -> None:
    hidden, missing = str(refusal("secret_plan = 1")), str(refusal("secret_pla1 = 1"))
    assert hidden.replace("secret_plan", "X") == missing.replace("secret_pla1", "X")


def test_a_formula_that_uses_today_cannot_be_asked_for() -> None:
    assert one("margin > 100").value == 10_000
    assert "worked out when it is shown" in str(refusal("age > 3"))


def test_the_raw_amount_and_the_currency_are_parts_of_a_path() -> None:
    raw = one("amount.value >= 100")
    assert (raw.path.text, raw.path.part, raw.value) == ("amount", "", 10_000)
    currency = one("amount.currency = USD")
    assert (currency.path.part, currency.value) == ("_currency", "USD")


# -- operators ---------------------------------------------------------------------------------------------------------
def test_an_operator_a_kind_does_not_have_is_refused_naming_those_it_has() -> None:
    problem = refusal("industry > steel")
    assert problem.position == 9
    assert "Possible: =, !=, in, is empty" in str(problem)
    assert "within" in str(refusal("close_on ~ 3"))


@pytest.mark.parametrize(
    ("text", "guess"),
    [("name like x", "~"), ("name contains x", "~"), ("close_on witin this week", "within"), ("name hass x", "has")],
)
def test_an_unknown_operator_is_refused_with_a_guess(text: str, guess: str) -> None:
    assert f"Did you mean “{guess}”" in str(refusal(text))


def test_secrets_compare_whole_by_their_end_or_their_domain() -> None:
    assert one("phone ends 1234", ACCOUNT) == Compare(own("phone", ACCOUNT), "ends", "1234", '"1234"')
    assert one('phone ends "0012 34"', ACCOUNT).value == "001234"
    assert "at least the last 4" in str(refusal("phone ends 123", ACCOUNT))
    assert one("mail domain Example.COM".replace("Example.COM", '"Example.COM"'), ACCOUNT).value == "example.com"
    assert one('mail domain "@example.com"', ACCOUNT).value == "example.com"


@pytest.mark.parametrize(
    "domain", ["example.cn", "163.com", "360.163.com", "a-b.2026-03.cn", "in.example.cn", "2026-03-09.cn"]
)
def test_a_mail_domain_and_an_ending_need_no_quotes(domain: str) -> None:
    bare, quoted = f"mail domain {domain}", f'mail domain "{domain}"'
    assert read(bare, ACCOUNT) == read(quoted, ACCOUNT)
    assert read(f"({bare} and name = x) or {bare}", ACCOUNT) == read(f"({quoted} and name = x) or {quoted}", ACCOUNT)
    assert one("phone ends 00-1234", ACCOUNT).value == "001234"
    for wrong in ("mail domain", "mail domain and", "mail domain example.cn .com", "mail domain .cn"):
        assert refusal(wrong, ACCOUNT)
    assert one("phone = 13812345678", ACCOUNT).value == one('phone = "138 1234 5678"', ACCOUNT).value
    refusal("phone ~ 138", ACCOUNT)


# -- dates and instants ------------------------------------------------------------------------------------------------
def bounds(text: str) -> tuple[object, object]:
    node = read(text)
    assert isinstance(node, And)
    low, high = node.parts
    assert isinstance(low, Compare)
    assert isinstance(high, Compare)
    assert (low.op, high.op) == (">=", "<")
    assert low.path == high.path
    return low.value, high.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-09", date(2026, 3, 9)),
        ('"2026/3/9"', date(2026, 3, 9)),
        ("today", date(2026, 3, 9)),
        ("TODAY - 7 days", date(2026, 3, 2)),
        ("today + 2 weeks", date(2026, 3, 23)),
        ("today - 1 month + 1 day", date(2026, 2, 10)),
        ("2024-02-29 + 1 year", date(2025, 2, 28)),
    ],
)
def test_days_may_be_relative(text: str, expected: date) -> None:
    assert one(f"close_on >= {text}").value == expected


def test_a_date_can_be_one_of_several() -> None:
    assert one("close_on in (today, 2026-01-01)").value == (date(2026, 3, 9), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        ("next 30 days", date(2026, 3, 9), date(2026, 4, 8)),
        ("last 7 days", date(2026, 3, 3), date(2026, 3, 10)),
        ("this week", date(2026, 3, 9), date(2026, 3, 16)),
        ("next month", date(2026, 4, 1), date(2026, 5, 1)),
        ("last quarter", date(2025, 10, 1), date(2026, 1, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-03", date(2026, 3, 1), date(2026, 4, 1)),
        ("2026-W11", date(2026, 3, 9), date(2026, 3, 16)),
        ("today", date(2026, 3, 9), date(2026, 3, 10)),
        ("2026-03-01..2026-03-31", date(2026, 3, 1), date(2026, 4, 1)),
        ("2025Q4..2026-02", date(2025, 10, 1), date(2026, 3, 1)),
        ("today - 3 days..today", date(2026, 3, 6), date(2026, 3, 10)),
    ],
)
def test_a_period_is_from_its_first_day_to_before_the_day_after_its_last(period: str, first: date, end: date) -> None:
    if period.startswith(("today", "2026-03-0")) and ".." not in period:
        assert one(f"close_on within {period}") == one(f"close_on = {period}")
    else:
        assert bounds(f"close_on within {period}") == (first, end)
        assert read(f"close_on = {period}") == read(f"close_on within {period}")


def test_comparing_with_a_period_means_its_edges() -> None:
    assert one("close_on < 2026Q2").value == date(2026, 4, 1)
    assert one("close_on <= 2026Q2") == Compare(own("close_on"), "<", date(2026, 7, 1), "2026-07-01")
    assert one("close_on > 2026-03") == Compare(own("close_on"), ">=", date(2026, 4, 1), "2026-04-01")
    assert read("close_on != 2026Q1") == Not(read("close_on within 2026Q1"))


def test_a_day_of_an_instant_is_that_of_the_timezone() -> None:
    start, end = datetime(2026, 3, 8, 16, tzinfo=UTC), datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert bounds("met = 2026-03-09") == (start, end)
    assert bounds("met within today") == (start, end)
    assert one("met >= 2026-03-09").value == start
    assert one("met > 2026-03-09") == Compare(own("met"), ">=", end, "2026-03-10")
    assert one("met <= today") == Compare(own("met"), "<", end, "today + 1 day")
    assert bounds("met within this week") == (start, datetime(2026, 3, 15, 16, tzinfo=UTC))


def test_an_instant_may_be_written_with_its_time() -> None:
    assert one('met > "2026-03-09 14:30"').value == datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
    assert one("met > 2026-03-09T14:30:00Z").value == datetime(2026, 3, 9, 14, 30, tzinfo=UTC)


def test_now_and_hours_are_exact() -> None:
    at = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
    with standing_at(at):
        assert one("met < now").value == at
        assert one("met > now - 2 hours").value == datetime(2026, 3, 9, 4, 30, tzinfo=UTC)
        assert bounds("met within last 24 hours") == (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), at)
    refusal("close_on < now")


@pytest.mark.parametrize(
    "text",
    [
        "close_on = 2026-02-29",
        "close_on within 2026-13",
        "close_on within next 100000 years",
        "close_on within next 0 days",
        "close_on within sometime",
        "close_on within 2026-03-31..2026-03-01",
        "close_on > today - 100000 years",
        "close_on within this hour",
        "met < 9999-12-31",
        "close_on > 0001-01-01",
        "close_on within next 3",
        "name within this week",
    ],
)
def test_what_is_not_in_the_calendar_is_refused(text: str) -> None:
    refusal(text)


def test_a_tree_knows_whether_it_means_something_else_tomorrow() -> None:
    for text in (
        "close_on < today",
        "not met within this week",
        "seats = 1 or close_on in (2026-01-01, today + 1 day)",
    ):
        assert moves_with_time(read(text))
    for text in ("close_on < 2026-01-01", "name = today", "met within 2026Q1 and seats = 1", "", "shared with me"):
        assert not moves_with_time(read(text))


# -- refusals of shape -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("seats", 5, "operator"),
        ("seats =", 7, "a value is expected"),
        ("seats = and name = x", 8, "such words need quotes"),
        ("= 3", 0, "a field"),
        ("(seats = 3", 0, "never closed"),
        ("seats = 3)", 9, "never opened"),
        ('name = "open', 7, "never closed"),
        ("seats = 3 name = x", 10, "“and” or “or”"),
        ("name = steel works", 13, "needs quotes"),
        ("seats in 3", 9, "list in brackets"),
        ("seats in (3, 4", 9, "never closed"),
        ("seats is 3", 9, "“empty”"),
        ("seats not = 3", 6, "before the field"),
        ("name = x; drop table", 8, "has no meaning"),
        ("name = a$b", 8, "has no meaning"),
        ("seats = 3 and", 13, "a field"),
        ("account. = 3", 9, "a field"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, position: int, words: str) -> None:
    problem = refusal(text)
    assert words in str(problem)
    assert problem.position == position


def test_limits_hold_for_length_conditions_and_nesting() -> None:
    with pytest.raises(BadQuery, match="longer than 20000"):
        read("name = " + "x" * 20_000)
    read(" and ".join(["seats = 1"] * 500))
    assert "more than 500 conditions" in str(refusal(" and ".join(["seats = 1"] * 501)))
    read("(" * 50 + "seats = 1" + ")" * 50)
    assert "nested deeper" in str(refusal("(" * 51 + "seats = 1" + ")" * 51))
    assert "nested deeper" in str(refusal("not " * 4000 + "seats = 1"))
    assert "nested deeper" in str(refusal("(" * 19_000))


def test_characters_that_cannot_be_stored_are_refused() -> None:
    assert "cannot be stored" in str(refusal('name = "a\0b"'))
    assert "cannot be stored" in str(refusal('name = "a\ud800"'))


def test_the_parser_reads_the_objects_it_is_given() -> None:
    assert read("department = sales", USER) == Compare(own("department", USER), "=", "sales", "sales")
    assert SETTING.today == date(2026, 3, 9)


def test_trees_compare_by_content() -> None:
    nodes: list[Node] = [read("seats = 1"), read("seats = 2")]
    assert nodes[0] != nodes[1]


def test_a_bare_chinese_word_on_a_link_means_the_title() -> None:
    bare, quoted = read("stage = 谈判"), read('stage = "谈判"')
    assert isinstance(bare, Compare)
    assert isinstance(quoted, Compare)
    assert (bare.path.text, bare.value) == (quoted.path.text, quoted.value) == ("stage.name", "谈判")
