"""Comparing names of companies, Chinese ones above all: 苏州凌渡精密机械有限公司 is the place 苏州, the name 凌渡精密机械 and a
legal form; 凌渡精机 may be its short name, and its 上海分公司 belongs to it without being it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.likeness.comparisons import CLOSE, DIFFERS, RELATED, SAME, Found, Likeness, Rarity, bits, likeness
from zhike.schema.kinds import regions
from zhike.schema.spec import FieldSpec
from zhike.store.pinyin import readings
from zhike.store.search_text import fold

OSA: Any = LazyModule("rapidfuzz.distance.OSA")
JaroWinkler: Any = LazyModule("rapidfuzz.distance.JaroWinkler")

_CHINESE = re.compile("[\u3400-\u9fff]")
_BRACKETS = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]?")
_FORMS = re.compile(
    "(?:集团股份有限公司|集团有限责任公司|集团有限公司|集团公司|股份有限公司|有限责任公司|有限公司|总公司|公司|集团|厂|有限合伙|普通合伙|个体工商户|总部)+$"
)
_BRANCH = re.compile(
    "(?:第[一二三四五六七八九十0-9]+)?(分公司|办事处|分店|分行|支行|分厂|分校|分院|代表处|营业部|经营部|门市部)$"
)
_HEAD = re.compile("(?:股份有限公司|有限责任公司|有限公司|公司|集团)")
_LATIN_FORMS = frozenset(
    "inc ltd limited llc co corp corporation company gmbh ag sa sarl bv nv plc pty pte oy ab as kg group holding holdings the"
    .split()
)  # fmt: skip
_NOT_LETTERS = re.compile(r"[\W_]+")
_WHAT_FOR = frozenset(
    "银行 大学 学院 医院 电力 航空 燃气 水务 地铁 机场 港务 日报 钢铁 石化 铁路 公交 农商银行 商业银行 人民医院 中学".split()
)
"""What every city has one of: there the place is part of the name."""
_NO_PLACES = frozenset({"东方", "大同", "长兴", "和平", "新华", "太平", "光明"})
"""Places that are more often just words."""
MOST = 160
UNLIKE = _("{field}: not the same")


class Firm(NamedTuple):
    """A company's name taken apart: ``place`` (苏州), ``name`` (凌渡精密机械), the same with its kind (集团 counts as none),
    ``branch`` (上海分公司), ``short`` when it was written without a legal form, ``others`` further names it goes by."""

    name: str
    place: str = ""
    branch: str = ""
    short: bool = False
    chinese: bool = True
    others: tuple[Firm, ...] = ()


@likeness
class Company(Likeness):
    """The name of a company, and its short name if there is a field for it."""

    name = "firm"

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Firm | None:
        found = [firm for value in values if value and (firm := firm_of(str(value))) is not None]
        if not found:
            return None
        first, *others = dict.fromkeys(found)
        return first._replace(others=tuple(others))

    def keys(self, form: Firm) -> Iterable[str]:
        for firm in (form, *form.others):
            yield "f:" + firm.name
            if firm.chinese:
                yield "f2:" + firm.name[:2]
                yield "fr:" + reading(firm.name)
                if len(firm.name) > 3:
                    yield "f3:" + firm.name[-3:]
            else:
                yield from ("fw:" + word for word in firm.name.split() if len(word) > 2)

    def compare(self, one: Firm, two: Firm, rarity: Rarity) -> Found:
        found = [
            _compare(a, b, rarity)
            for at, a in enumerate((one, *one.others))
            for to, b in enumerate((two, *two.others))
            if not (at and to) or a.name == b.name
        ]
        if any(one.level == RELATED for one in found):
            return next(one for one in found if one.level == RELATED)
        return max(found, key=lambda one: one.bits)


@lru_cache(maxsize=4096)
def firm_of(text: str) -> Firm | None:
    """A company's name taken apart; None when nothing of it is left."""
    plain = fold(text[:MOST]).strip()
    if not _CHINESE.search(plain):
        words = [one for one in _NOT_LETTERS.sub(" ", plain.replace("&", " and ")).split() if one not in _LATIN_FORMS]
        return Firm(" ".join(words), short=False, chinese=False) if words else None
    place, inner = "", []
    for content in _BRACKETS.findall(plain):
        named, rest = _placed(content)
        if named and len(rest) < 2:
            place = place or named
        elif content not in ("集团", "中国", "有限合伙", "普通合伙"):
            inner.append(content)
    plain = _NOT_LETTERS.sub("", _BRACKETS.sub("", plain)) + "".join(one for one in inner if _BRANCH.search(one))
    branch = ""
    ending = _BRANCH.search(plain)
    if ending:
        head = list(_HEAD.finditer(plain, 0, ending.start()))
        cut = head[-1].end() if head else max(0, ending.start() - 2)
        branch, plain = plain[cut:], plain[:cut]
    bare = _FORMS.sub("", plain)
    short = bare == plain
    named, rest = _placed(bare)
    if named and len(rest) > 1 and rest not in _WHAT_FOR:
        place, bare = named, rest
    return Firm(bare or plain, place.rstrip("省市区县"), branch, short) if bare or plain else None


def _placed(text: str) -> tuple[str, str]:
    """The place a name begins with, the nearest one (江苏省苏州市 is 苏州市), and the rest."""
    place = _place_at(text)
    rest = text[len(place) :]
    for _level in range(2):
        below = _place_at(rest) if place else ""
        if not below or len(rest) - len(below) == 1 or not (place in _provinces() or below[-1] in "市区县"):
            break
        place, rest = below, rest[len(below) :]
    return place, rest


def _place_at(text: str) -> str:
    """The name of a province or city a text begins with, as written there: 苏州市, 江苏; "" when it begins with none."""
    for length in range(min(len(text), 8), 1, -1):
        if text[:length] in _places():
            return text[:length]
    return ""


_SHORT = re.compile("(?:省|市|地区|盟|(?:维吾尔|壮族|回族)?自治区|特别行政区)$")


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    names = {one.name for one in regions.everywhere() if one.level == 1}
    return frozenset(names | {_SHORT.sub("", name) for name in names})


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    names = set()
    for one in regions.everywhere():
        names.add(one.name)
        if one.level < 3 and len(one.name) > 2:
            names.add(_SHORT.sub("", one.name))
    return frozenset(name for name in names if len(name) > 1) - _NO_PLACES


@lru_cache(maxsize=4096)
def reading(name: str) -> str:
    """A Chinese name by its syllables: 华信 and 华鑫 are hua xin."""
    table = readings()
    return " ".join(table[one].common[:-1] if one in table else one for one in name)


def _compare(a: Firm, b: Firm, rarity: Rarity) -> Found:
    if not (a.chinese and b.chinese):
        return _foreign(a, b, rarity) if a.chinese == b.chinese else Found(DIFFERS, 0.0, UNLIKE)
    elsewhere = bool(a.place and b.place and a.place != b.place)
    if a.name == b.name:
        if a.branch != b.branch:
            branch = a.branch or b.branch
            return Found(
                RELATED, -12.0, _("{field}: “{branch}” is a branch, not the company itself").with_(branch=branch)
            )
        if elsewhere:
            reason = _("{field}: the same name in {one} and {two}").with_(one=a.place, two=b.place)
            return Found(RELATED, 1.0, reason)
        strength = bits(0.9, rarity.share("f:" + a.name, 2e-5), 15.0)
        if a.place != b.place and not (a.short or b.short):
            strength -= 3.0  # one names a place, the other none
        return Found(SAME, strength, _("{field} is the same: {value}").with_(value=a.name))
    if elsewhere:
        return Found(DIFFERS, -5.0, UNLIKE)
    if (a.branch or b.branch) and a.branch != b.branch:
        return Found(DIFFERS, -4.0, UNLIKE)
    return _nearly(a, b, rarity)


def _nearly(a: Firm, b: Firm, rarity: Rarity) -> Found:
    shorter, longer = (a, b) if len(a.name) <= len(b.name) else (b, a)
    if shorter.short and len(shorter.name) > 1 and abbreviates(shorter.name, longer.name):
        reason = _("{field}: “{short}” may be short for “{long}”").with_(short=shorter.name, long=longer.name)
        strength = bits(0.4, rarity.share("f2:" + shorter.name[:2], 5e-4), 9.0)
        return Found(CLOSE, strength - (3.0 if len(shorter.name) < 3 else 0.0), reason)
    if reading(a.name) == reading(b.name):
        reason = _("{field} sounds the same: {one} and {two}").with_(one=a.name, two=b.name)
        return Found(CLOSE, 3.0 if len(a.name) < 4 else 8.0, reason)
    apart = OSA.distance(a.name, b.name, score_cutoff=2)
    if apart <= 2 and len(longer.name) > 3:
        gone = _only_in(a.name, b.name)
        reason = _("{field} differs only in “{one}”").with_(one=gone)
        by_length = {1: len(longer.name) - 1.0, 2: len(longer.name) - 4.0}[apart]
        if a.name[:2] != b.name[:2]:
            by_length -= 3.0  # what tells companies apart stands in front
        return Found(CLOSE if by_length > 0 else DIFFERS, min(by_length, 8.0), reason)
    if a.name[:2] == b.name[:2] and JaroWinkler.similarity(a.name, b.name) > 0.85:
        return Found(CLOSE, 1.5, _("{field} begins the same"))
    return Found(DIFFERS, -5.0, UNLIKE)


def _only_in(a: str, b: str) -> str:
    """The characters that only one of two names has."""
    return "".join(one for one in a if one not in b) + "".join(one for one in b if one not in a) or a


def abbreviates(short: str, full: str) -> bool:
    """Whether a short name is taken from a full one: its characters in order, beginning as it begins (凌渡精机, 凌渡精密机械)."""
    if short[0] != full[0] or len(short) >= len(full):
        return False
    rest = iter(full)
    return all(one in rest for one in short)


def _foreign(a: Firm, b: Firm, rarity: Rarity) -> Found:
    one, two = a.name.replace(" ", ""), b.name.replace(" ", "")
    if one == two:
        strength = bits(0.9, rarity.share("f:" + a.name, 2e-5), 15.0)
        return Found(SAME, strength, _("{field} is the same: {value}").with_(value=a.name))
    if min(len(one), len(two)) > 4 and OSA.distance(one, two, score_cutoff=1) == 1:
        return Found(CLOSE, 6.0, _("{field} differs in one letter"))
    mine, theirs = a.name.split(), b.name.split()
    shorter, longer = sorted((mine, theirs), key=len)
    if longer[: len(shorter)] == shorter and len(shorter[0]) > 3:
        strength = bits(0.3, rarity.share("fw:" + shorter[0], 1e-3), 7.0)
        reason = _("{field}: “{short}” may be short for “{long}”").with_(short=" ".join(shorter), long=" ".join(longer))
        return Found(CLOSE, strength, reason)
    if JaroWinkler.similarity(a.name, b.name) > 0.93:
        return Found(CLOSE, 3.0, _("{field} is almost the same"))
    return Found(DIFFERS, -4.0, UNLIKE)
