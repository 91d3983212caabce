"""What a record is found by: tokens find it, and the check of its text agrees."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite3

from zhike.store import pinyin, pinyin_build
from zhike.store.search_text import (
    MOST_BYTES,
    MOST_TOKENS,
    Document,
    document_tokens,
    fold,
    fts5_match,
    matches,
    query_tokens,
    sort_key,
    tsquery,
)

HUAXIN = "北京华信科技有限公司"


@pytest.fixture(scope="session", autouse=True)
def table_of_readings():
    """Tests run on a fresh checkout too, where the table has not been built yet."""
    if not pinyin.TABLE.exists():
        pinyin_build.build()


def tokens(*texts: str) -> list[str]:
    return document_tokens([(text, 1) for text in texts]).tokens


def found(text: str, query: str) -> bool:
    """As search does it: the tokens must hit, then the text must agree."""
    held = set(tokens(text))
    asked = query_tokens(query)
    return bool(asked) and all(any(token in held for token in group) for group in asked) and matches([text], query)


@pytest.mark.parametrize(
    "query",
    [
        *["华", "华信", "信科技", "北京 科技", "有限公司", "华信 北京", "北京华信科技有限公司"],
        *["hxkj", "bjhx", "bjhxkjyxgs", "HXKJ", "kj", "hx kj", "hxk"],
        *[
            "huaxin",
            "huax",
            "huaxi",
            "huaxink",
            "huaxinkeji",
            "beijing",
            "beijinghuaxinkejiyouxiangongsi",
            "xin",
            "keji 华信",
        ],
    ],
)
def test_a_company_is_found_by(query):
    assert found(HUAXIN, query)


@pytest.mark.parametrize(
    "query", ["信华", "华科", "hxjk", "huaxinn", "hxkjx", "上海", "", " ", "。，", "bjkj", "huake", "h", "华信 上海"]
)
def test_a_company_is_not_found_by(query):
    assert not found(HUAXIN, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        *[
            ("重庆长安", "zqca"),
            ("重庆长安", "cqca"),
            ("重庆长安", "chongqing"),
            ("重庆长安", "zhongqing"),
            ("长沙银行", "csyh"),
        ],
        *[
            ("曾小明", "zxm"),
            ("曾小明", "cxm"),
            ("单晓", "sx"),
            ("单晓", "shanxiao"),
            ("仇英", "qy"),
            ("吕布", "lvbu"),
            ("吕布", "lb"),
        ],
        *[("西安", "xian"), ("西安", "xa"), ("先生", "xian"), ("万科企业", "wk")],
        *[
            ("OP-2026-00123", "op"),
            ("OP-2026-00123", "123"),
            ("OP-2026-00123", "00123"),
            ("OP-2026-00123", "op-2026-00123"),
        ],
        *[
            ("iPhone15 Pro", "iphone"),
            ("iPhone15 Pro", "15"),
            ("iPhone15 Pro", "iphone15"),
            ("iPhone15 Pro", "ipho pro"),
        ],
        *[
            ("Café Zürich", "cafe"),
            ("Café Zürich", "CAFÉ"),
            ("Café Zürich", "zur"),
            ("STRASSE", "straße"),
            ("Straße", "strasse"),
        ],
        *[
            ("ＡＢＣ公司", "abc"),
            ("abc", "ＡＢＣ"),
            ("İstanbul", "istanbul"),
            ("ﾃｽﾄ会社", "テスト"),
            ("한국전력", "국전"),
        ],
        *[
            ("𠮷野家", "𠮷"),
            ("𠮷野家", "𠮷野"),
            ("𠮷野家", "yj"),
            ("好评😀", "😀"),
            ("Привет мир", "прив"),
            ("ร้านอาหาร", "ร้าน"),
        ],
        *[("91110108MA01ABCD3X", "91110108ma01abcd3x"), ("91110108MA01ABCD3X", "91110108MA0"), ("华信A1", "信a1")],
        *[("internationalisation", "internationalisati"), ("a", "a"), ("x 轴", "x"), ("々〇三", "〇")],
    ],
)
def test_these_texts_are_found(text, query):
    assert found(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("𠮷野家", "吉"),
        ("好评😀", "😁"),
        ("😀", "😃"),
        ("iPhone", "phone"),
        ("重庆", "tq"),
        ("123", "00123"),
        ("OP-1", "op-2"),
        ("欢", "hua"),
    ],
)
def test_these_texts_are_not_found(text, query):
    assert not found(text, query)


TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("华信科技有限公司北京重庆长安曾单解乐行𠮷々ー"),
        st.sampled_from("abcxyz019 -_.·é😀"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(text=TEXT, data=st.data())
def test_any_part_of_a_chinese_run_and_any_beginning_of_a_word_finds(text, data):
    start = data.draw(st.integers(min_value=0, max_value=max(len(text) - 1, 0)))
    part = text[start : data.draw(st.integers(min_value=start, max_value=len(text)))]
    if matches([text], part):
        assert found(text, part), (text, part, tokens(text), query_tokens(part))


@settings(max_examples=300)
@given(
    text=st.text(alphabet="华信科技有限重庆长安曾单解乐行公查", min_size=1, max_size=12),
    query=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8),
)
def test_tokens_never_miss_what_the_check_would_accept(text, query):
    if matches([text], query):
        assert found(text, query)


@settings(max_examples=200)
@given(text=st.text(alphabet="华信科技有限重庆长安曾单解乐行公查", min_size=2, max_size=12), data=st.data())
def test_all_readings_in_any_mix_find_by_first_letters_and_by_syllables(text, data):
    table = pinyin.readings()
    start = data.draw(st.integers(min_value=0, max_value=len(text) - 2))
    part = text[start : data.draw(st.integers(min_value=start + 2, max_value=len(text)))]
    assert found(text, "".join(data.draw(st.sampled_from(table[character].initials)) for character in part))
    spelt = "".join(data.draw(st.sampled_from(table[character].syllables)) for character in part)
    assert matches([text], spelt)
    if len(spelt) <= 64 and len(part) <= 3:
        asked, held = query_tokens(spelt), set(tokens(text))
        assert all(any(token in held for token in group) for group in asked), (text, spelt, asked)


def roundtrip(words: list[str]) -> set[str]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(d, tokenize='unicode61 remove_diacritics 0', detail=none)")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'row')")
    connection.execute("INSERT INTO t VALUES (?)", (" ".join(words),))
    return {row[0] for row in connection.execute("SELECT term FROM v")}


def test_no_token_of_any_character_is_split_changed_or_lost_by_sqlite():
    made: set[str] = set()
    for code in range(0x21, 0x32400):
        character = chr(code)
        if unicodedata.category(character) not in ("Cs", "Cn", "Co"):
            made.update(tokens(character))
    assert len(made) > 90_000
    assert roundtrip(sorted(made)) == made


def test_rare_characters_emoji_and_accents_do_not_collide():
    alone = [tokens(text) for text in ["𠮷", "吉", "😀", "😃", "野", "𡃁"]]
    assert all(alone)
    assert len({one[0] for one in alone}) == len(alone)


@settings(max_examples=100, deadline=None)
@given(text=TEXT, query=TEXT)
def test_both_query_forms_are_accepted_by_the_database(text, query):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(d, tokenize='unicode61 remove_diacritics 0', detail=none)")
    connection.execute("INSERT INTO t VALUES (?)", (" ".join(tokens(text)),))
    for asked in (query_tokens(query), query_tokens(text[:20])):
        if asked:
            hits = connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (fts5_match(asked),)).fetchone()[0]
            held = set(tokens(text))
            assert hits == all(any(token in held for token in group) for group in asked)
            assert "\\" not in tsquery(asked)


def test_titles_come_first_and_ready_tokens_are_never_cut():
    made = document_tokens([("次要", 1), ("标题", 3)], ["o7o", "kabc"])
    assert made.tokens[:4] == ["o7o", "kabc", "标", "题"]
    assert not made.cut
    with pytest.raises(ValueError, match="ready"):
        document_tokens([], ["a-b"])
    with pytest.raises(ValueError, match="ready"):
        document_tokens([], ["Ab"])


def test_a_document_holds_no_more_than_the_databases_can():
    many = " ".join(f"w{number}" for number in range(60_000))
    made = document_tokens([(many, 1), ("标题", 9)], ["o7o"])
    assert made.cut
    assert len(made.tokens) == len(set(made.tokens)) == MOST_TOKENS
    assert made.tokens[:3] == ["o7o", "标", "题"]
    letters = str.maketrans("0123456789", "abcdefghij")
    long_words = " ".join(f"{number:032}".translate(letters) for number in range(1, 19_001))
    made = document_tokens([(long_words, 1)])
    assert made.cut
    assert MOST_BYTES - 100 < len(" ".join(made.tokens).encode()) <= MOST_BYTES
    made = document_tokens([("界" * 700_000, 1)])
    assert made == Document(["界", "界界"], True)


def test_one_word_of_a_million_letters_does_no_harm():
    made = document_tokens([("x" * 500_000, 1), ("1a" * 100_000, 1)])
    assert max(map(len, made.tokens)) <= 32
    assert query_tokens("an" * 90 + "v")
    assert not matches(["x" * 500_000], "y" * 1000)


def test_long_text_gives_whole_words_and_no_readings():
    prose = ("我们与客户讨论了合作 negotiation " * 20).strip()
    held = set(tokens(prose))
    assert "negotiati" not in held
    assert {"negotiatio", "合作", "作"} <= held
    assert "hz" not in held
    assert found(prose, "negotiation 合作")


def test_blind_indexes_are_alternatives_of_the_typed_word():
    asked = query_tokens("华信 13800001234", keyed=lambda term: ["kphone"] if term.isdigit() else [])
    assert asked == [["华信"], ["1380000123", "kphone"]]
    assert query_tokens("--", keyed=lambda term: ["kword"]) == [["kword"]]
    assert fts5_match([["a", "b"], ["c"]]) == '("a" OR "b") AND ("c")'
    assert tsquery([["a", "b"], ["c"]]) == "('a' | 'b') & ('c')"


@pytest.mark.parametrize("query", ["13800001234", "138-0000-1234", "1234", "01234", "李 1234"])
def test_a_secret_is_found_by_its_end(query):
    assert matches(["李明"], query, secrets=["+8613800001234"])


def test_a_mail_address_is_found_whole_and_by_its_domain():
    assert matches([], "li@huaxin.cn", secrets=["li@huaxin.cn"])
    assert matches([], "@huaxin.cn", secrets=["li@huaxin.cn"])
    assert matches([], "huaxin.cn", secrets=["li@huaxin.cn"])
    assert not matches([], "huaxi", secrets=["li@huaxin.cn"])


@pytest.mark.parametrize("query", ["234", "13800001235", "3800", "李 9999"])
def test_a_secret_is_not_found_by_its_middle_or_too_little(query):
    assert not matches(["李明"], query, secrets=["+8613800001234"])


@given(text=st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


def test_titles_sort_as_in_a_dictionary():
    titles = [
        "张三",
        "李四",
        "王五",
        "阿里",
        "安徽",
        "八达",
        "华信",
        "花店",
        "黄河",
        "欢乐",
        "Alpha",
        "beta",
        "华安",
        "长沙",
        "重庆",
    ]
    assert sorted(titles, key=sort_key) == [
        *[
            "阿里",
            "Alpha",
            "安徽",
            "八达",
            "beta",
            "长沙",
            "花店",
            "华安",
            "华信",
            "欢乐",
            "黄河",
            "李四",
            "王五",
            "张三",
            "重庆",
        ]
    ]


@given(text=st.text(max_size=300))
def test_a_sort_key_is_short_folded_and_stable(text):
    assert len(sort_key(text)) <= 200
    assert sort_key(text) == sort_key(fold(text).strip())


def test_homophones_stand_apart_and_one_character_together():
    titles = ["华信", "花信", "华安", "花安", "化工"]
    assert [title[0] for title in sorted(titles, key=sort_key)] == ["花", "花", "华", "华", "化"]


def test_serving_never_loads_pypinyin():
    code = (
        "import sys; from zhike.store.search_text import document_tokens, sort_key;"
        "assert 'hx' in document_tokens([('华信', 1)]).tokens; sort_key('华信');"
        "assert not [name for name in sys.modules if name.startswith(('pypinyin', 'django'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_without_its_table_search_says_how_to_make_it(tmp_path):
    with pytest.raises(pinyin.TableMissing, match=r"python -m zhike.store.pinyin_build"):
        pinyin.read_table(tmp_path / "none.bin")
