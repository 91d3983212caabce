"""The table of readings: usual readings are in it, rare ones are not."""

from __future__ import annotations

from collections import Counter

import pytest

from zhike.store import pinyin, pinyin_build


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> dict[str, pinyin.Reading]:
    path = tmp_path_factory.mktemp("build") / "data" / "initials.bin"
    assert pinyin_build.build(path) > 40_000
    assert [file.name for file in path.parent.iterdir()] == ["initials.bin"]
    return pinyin.read_table(path)


@pytest.mark.parametrize(
    ("character", "initials", "syllables", "common"),
    [
        ("重", {"z", "c"}, {"zhong", "chong"}, "zhong4"),
        ("行", {"x", "h"}, {"xing", "hang"}, "xing2"),
        ("长", {"c", "z"}, {"chang", "zhang"}, "chang2"),
        ("信", {"x"}, {"xin"}, "xin4"),
        ("技", {"j"}, {"ji"}, "ji4"),
        ("绿", {"l"}, {"lv", "lu"}, "lv4"),
        ("单", {"d", "s"}, {"dan", "shan"}, "dan1"),
        ("嗯", {"e"}, {"en"}, "en4"),
    ],
)
def test_a_character_has_its_usual_readings(table, character, initials, syllables, common):
    assert set(table[character].initials) == initials
    assert set(table[character].syllables) == syllables
    assert table[character].common[:-1] == common[:-1]


def test_every_reading_is_ascii_with_a_tone(table):
    for reading in set(table.values()):
        assert reading.common[-1] in "12345"
        assert reading.common[:-1] == reading.syllables[0]
        assert all(one.isascii() and one.isalpha() and one.islower() and len(one) <= 6 for one in reading.syllables)
        assert {one[0] for one in reading.syllables} == set(reading.initials)
        assert len(reading.syllables) <= pinyin_build.MOST_READINGS + 1


@pytest.mark.parametrize(
    ("accented", "said"),
    [("lǜ", ("lv", "4")), ("xìn", ("xin", "4")), ("de", ("de", "5")), ("ǹg", ("en", "4")), ("ế", ("e", "2"))],
)
def test_accents_become_a_syllable_and_a_tone(accented, said):
    assert pinyin_build.plain(accented) == said


def test_a_reading_hardly_used_is_left_out_and_the_most_used_comes_first():
    counts = Counter({"xin4": 226, "shen1": 1})
    assert pinyin_build.chosen_readings(["xìn", "shēn"], counts) == ("xin4",)
    assert pinyin_build.chosen_readings(["hé", "hú"], Counter({"he2": 300, "hu2": 2})) == ("he2",)
    assert pinyin_build.chosen_readings(["lè", "yuè"], Counter({"le4": 30, "yue4": 2})) == ("le4", "yue4")
    counts = Counter({"chang2": 400, "zhang3": 140})
    assert pinyin_build.chosen_readings(["zhǎng", "cháng"], counts) == ("chang2", "zhang3")


def test_a_rare_character_keeps_two_readings_and_a_family_name_its_own():
    assert pinyin_build.chosen_readings(["dí", "zhái", "zé"], Counter()) == ("di2", "zhai2")
    assert pinyin_build.chosen_readings(["qū"], Counter({"qu1": 100}), "ou1") == ("qu1", "ou1")
    assert pinyin_build.chosen_readings(["m̀"], Counter()) == ()
