"""Where a scan keeps its records: what comes out of it, and that nothing can be read there."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

from zhike.insight.duplicates import FEW, LARGEST_BLOCK, worth_comparing
from zhike.records.likeness.comparisons import Rarity
from zhike.records.likeness.declared import LIKENESSES
from zhike.records.likeness.scratch import Scratch

MOBILE = "13812349876"


def test_those_are_brought_together_who_share_a_rare_key_or_two_of_different_comparisons() -> None:
    draw = random.Random(5)
    keys = {
        one: {f"{at}:{draw.randrange(size)}": at for at, size in ((0, 3), (1, 12), (2, 60), (3, 400))}
        for one in range(1000, 1700)
    }
    many: dict[str, int] = {}
    for some in keys.values():
        for key in some:
            many[key] = many.get(key, 0) + 1
    expected = [
        (one, two)
        for one, two in combinations(sorted(keys), 2)
        if worth_comparing((keys[one][key], many[key]) for key in keys[one].keys() & keys[two].keys())
    ]
    assert min(many.values()) <= FEW
    assert max(number for number in many.values() if number <= LARGEST_BLOCK) > FEW
    assert max(many.values()) > LARGEST_BLOCK
    with Scratch() as scratch:
        listed = [(one, {0: one}, some) for one, some in keys.items()]
        for start in range(0, len(listed), 7):
            scratch.add(listed[start : start + 7])
        assert scratch.gather(LARGEST_BLOCK, FEW) == len(expected)
        assert list(scratch.pairs()) == expected
        assert list(scratch.ids()) == sorted(keys)
        assert scratch.forms(1234) == {0: 1234}
        for key, number in many.items():
            assert scratch.many(key) == number


def test_one_key_that_eleven_share_is_not_worth_a_comparison() -> None:
    assert worth_comparing([(0, FEW)])
    assert not worth_comparing([(0, FEW + 1), (0, FEW + 2)])
    assert worth_comparing([(0, FEW + 1), (1, LARGEST_BLOCK)])
    assert not worth_comparing([(0, FEW + 1), (1, LARGEST_BLOCK + 1)])


def test_every_form_comes_back_as_it_was() -> None:
    texts = [
        "王伟 Wang Wei",
        "苏州凌渡精密机械有限公司（上海）",
        "13812349876",
        "a@example.cn",
        "1990-02-03",
        "www.lingdu.cn",
        "云谷路 12号",
    ]
    with Scratch() as scratch:
        for at, (name, way) in enumerate(sorted(LIKENESSES.items())):
            for to, text in enumerate(texts):
                form = way.form([text, "凌渡精机"] if name == "firm" else [text], ())
                scratch.add([(at * 100 + to, {at: form}, {})])
                found = scratch.forms(at * 100 + to)
                assert found == {at: form}
                assert type(found[at]) is type(form)
                if form is not None:
                    assert way.compare(form, found[at], Rarity(lambda key: 1, 1000)) is not None


def test_nothing_of_a_record_can_be_read_in_the_file_and_the_file_goes() -> None:
    with Scratch() as scratch:
        folder = Path(scratch.folder)
        scratch.add(
            [(one, {0: (MOBILE,), 1: "凌渡精密机械"}, {"p:" + MOBILE: 0, "f:凌渡精密机械": 1}) for one in range(5000)]
        )
        scratch.gather(LARGEST_BLOCK, FEW)
        held = b"".join(one.read_bytes() for one in folder.iterdir())
        assert len(held) > 400_000
        assert MOBILE.encode() not in held
        assert "凌渡".encode() not in held
        assert scratch.forms(7) == {0: (MOBILE,), 1: "凌渡精密机械"}
    assert not folder.exists()
