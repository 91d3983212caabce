"""People as they are spoken of: 王总, 李工, 老张, Mr Wang, by family name and title, given name, or in pinyin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhike.records.search import spelled
from zhike.schema.spoken import half_width

TITLES: dict[str, tuple[str, ...]] = {  # how somebody is addressed → what their job then says, likeliest first
    "董事长": ("董事长",), "总经理": ("总经理",), "总监": ("总监",), "总工": ("总工", "工程师", "技术"),
    "总": ("总经理", "总裁", "董事", "老板", "CEO", "副总", "总"), "董": ("董",), "经理": ("经理",),
    "工程师": ("工程师",), "工": ("工程", "技术", "工艺", "设计"), "老师": ("教", "老师", "讲师"),
    "主任": ("主任",), "主管": ("主管",), "厂长": ("厂长",), "处长": ("处长",), "科长": ("科长",),
    "部长": ("部长",), "院长": ("院长",), "校长": ("校长",), "所长": ("所长",), "局长": ("局长",),
    "队长": ("队长",), "站长": ("站长",), "店长": ("店长",), "组长": ("组长",), "会计": ("会计", "财务"),
    "秘书": ("秘书",), "助理": ("助理",), "书记": ("书记",), "博士": ("博士",), "教授": ("教授",), "医生": ("医",),
    "律师": ("律师", "法务"), "师傅": ("师傅", "操作", "维修"), "老板": ("老板", "总"), "先生": (), "女士": (),
    "小姐": (), "哥": (), "姐": (),
}  # fmt: skip
COMPOUND = frozenset(
    (
        "欧阳 司马 上官 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 轩辕 东方 端木 南宫 独孤 百里 闻人 "
        "申屠 太史 淳于 公冶 司空 呼延 "
    ).split()
)
_TITLE = "|".join(sorted(TITLES, key=len, reverse=True))
_GENDER = {
    "先生": "mr",
    "哥": "mr",
    "女士": "ms",
    "小姐": "ms",
    "姐": "ms",
    "mr": "mr",
    "mrs": "ms",
    "ms": "ms",
    "miss": "ms",
}
_SPELT = (
    "wang 王汪 li 李黎 zhang 张章 liu 刘柳 chen 陈谌 yang 杨阳 zhao 赵 huang 黄 zhou 周 wu 吴武伍邬 xu 徐许 sun 孙 "
    "hu 胡 zhu 朱祝 gao 高 lin 林 he 何贺 guo 郭 ma 马 luo 罗骆 liang 梁 song 宋 zheng 郑 xie 谢 han 韩 tang 唐汤 "
    "feng 冯封 yu 于余俞喻 dong 董 xiao 肖萧 cheng 程 cao 曹 yuan 袁 deng 邓 fu 傅付符 shen 沈申 zeng 曾 peng 彭 "
    "lv 吕 lu 陆卢鲁路 su 苏 jiang 江蒋姜 cai 蔡 jia 贾 ding 丁 wei 魏韦卫 xue 薛 ye 叶 yan 阎严颜闫 pan 潘 du 杜 "
    "dai 戴 xia 夏 zhong 钟 tian 田 ren 任 fan 范樊 fang 方房 shi 石史施 yao 姚 tan 谭 liao 廖 zou 邹 xiong 熊 "
    "jin 金靳 hao 郝 kong 孔 bai 白 cui 崔 kang 康 mao 毛 qiu 邱裘 qin 秦 gu 顾谷 hou 侯 shao 邵 meng 孟 long 龙 "
    "wan 万 duan 段 qian 钱 yin 尹殷 yi 易 chang 常 qiao 乔 lai 赖 gong 龚宫 wen 文温 ning 宁 ouyang 欧阳 mei 梅 "
    "mo 莫 tao 陶 xing 邢 pu 蒲 ji 季纪 "
)
PINYIN: dict[str, str] = {}
for _name, _signs in zip(_SPELT.split()[::2], _SPELT.split()[1::2], strict=True):
    for _sign in [_signs] if _signs in COMPOUND else _signs:
        PINYIN.setdefault(_sign, _name)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be meant: id, name, job title and form of address (mr, ms or "")."""

    id: int
    name: str
    job: str = ""
    address: str = ""

    @property
    def family(self) -> str:
        """The family name of a Chinese name, "" for others."""
        if not _is_chinese(self.name):
            return ""
        return self.name[:2] if self.name[:2] in COMPOUND else self.name[:1]


@dataclass(frozen=True, slots=True)
class Meant:
    """Words that mean one of these people, the likeliest ones only."""

    start: int
    end: int
    people: tuple[Person, ...]


def people_in(text: str, people: Sequence[Person], most: int = 5) -> list[Meant]:
    """Who is spoken of, in order of the text; words that could mean several people name them all."""
    plain = half_width(text)
    found = [*_whole_names(plain, people), *_titled(plain, people), *_given(plain, people)]
    found += [*_spelt_out(plain, people), *_in_english(plain, people)]
    kept: list[Meant] = []
    known: set[int] = set()
    for one in found:  # whole names first: what they cover is not read a second time
        if any(one.start < other.end and other.start < one.end for other in kept):
            continue
        fresh = tuple(person for person in one.people if person.id not in known)
        if not fresh or (len(one.people) > len(fresh) and len(one.people) > 1):
            continue
        kept.append(one)
        if len(one.people) == 1:
            known.add(one.people[0].id)
    return sorted(kept, key=lambda one: one.start)[:most]


def _is_chinese(text: str) -> bool:
    return bool(text) and all("\u3400" <= sign <= "\u9fff" or sign == "·" for sign in text)


def _whole_names(plain: str, people: Sequence[Person]) -> Iterable[Meant]:
    by_name: dict[str, list[Person]] = {}
    for person in people:
        if len(person.name) > 1:
            by_name.setdefault(half_width(person.name), []).append(person)
    for name in sorted(by_name, key=len, reverse=True):
        edge = "" if _is_chinese(name) else r"\b"
        for hit in re.finditer(edge + re.escape(name) + edge, plain, re.IGNORECASE):
            title = re.compile(_TITLE).match(plain, hit.end())
            yield Meant(hit.start(), title.end() if title else hit.end(), tuple(by_name[name]))


def _titled(plain: str, people: Sequence[Person]) -> Iterable[Meant]:
    """王总, 欧阳经理, 老李, 小张."""
    by_family: dict[str, list[Person]] = {}
    for person in people:
        if person.family:
            by_family.setdefault(person.family, []).append(person)
    for family in sorted(by_family, key=len, reverse=True):
        of_name = by_family[family]
        for hit in re.finditer(rf"{family}(?:姓)?({_TITLE})(?!额|价|数|共|是|体)", plain):
            yield Meant(hit.start(), hit.end(), _likeliest(of_name, hit[1]))
        for hit in re.finditer(
            rf"(?<![\u3400-\u9fff])[老小阿]{family}(?!板)|(?<=[给找和跟与约问请])[老小阿]{family}(?!板)", plain
        ):
            yield Meant(hit.start(), hit.end(), tuple(of_name))


def _likeliest(people: Sequence[Person], title: str) -> tuple[Person, ...]:
    """Of people with one family name, those whom the title fits best; all of them when it fits none."""
    if title in _GENDER:
        return _addressed(people, _GENDER[title])
    for job in TITLES.get(title, ()):
        fitting = tuple(one for one in people if job in one.job)
        if fitting:
            return fitting
    return tuple(people)


def _addressed(people: Sequence[Person], gender: str) -> tuple[Person, ...]:
    """Those addressed so, else those of whom nobody knows it, else all."""
    for wanted in (gender, ""):
        fitting = tuple(one for one in people if one.address == wanted)
        if fitting:
            return fitting
    return tuple(people)


def _given(plain: str, people: Sequence[Person]) -> Iterable[Meant]:
    """建国: the given name of two characters, alone."""
    by_given: dict[str, list[Person]] = {}
    for person in people:
        given = person.name[len(person.family) :] if person.family else ""
        if len(given) == 2:
            by_given.setdefault(given, []).append(person)
    for given, of_name in by_given.items():
        for hit in re.finditer(re.escape(given), plain):
            yield Meant(hit.start(), hit.end(), tuple(of_name))


def _spelt_out(plain: str, people: Sequence[Person]) -> Iterable[Meant]:
    """Wang Fang, Fang Wang: a Chinese name in pinyin, family name first or last."""
    for hit in re.finditer(r"\b([A-Z][a-z]+) ([A-Z][a-z]+)\b", plain):
        first, second = hit[1].lower(), hit[2].lower()
        of_name = tuple(
            one
            for one in people
            if PINYIN.get(one.family) in (first, second) and {first + second, second + first} & {*spelled(one.name)}
        )
        if of_name:
            yield Meant(hit.start(), hit.end(), of_name)


def _in_english(plain: str, people: Sequence[Person]) -> Iterable[Meant]:
    """Wang, Mr Wang, Anna: a word with a capital that is part of a Latin name, or the pinyin of a family name."""
    parts: dict[str, list[Person]] = {}
    for person in people:
        words = re.findall(r"[A-Za-z][A-Za-z'’-]+", person.name)
        for word in dict.fromkeys([*words, PINYIN.get(person.family, "")]):
            if len(word) > 1:
                parts.setdefault(word.lower(), []).append(person)
    if not parts:
        return
    for hit in re.finditer(r"\b(?:(Mr|Mrs|Ms|Miss)\.? )?([A-Z][A-Za-z'’-]+)\b", plain):
        of_name = parts.get(hit[2].lower().removesuffix("'s").removesuffix("’s"))
        if of_name:
            gender = _GENDER.get((hit[1] or "").lower())
            yield Meant(hit.start(), hit.end(), _addressed(of_name, gender) if gender else tuple(of_name))
