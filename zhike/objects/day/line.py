"""What one line about a customer says: 打电话给王总,下周三再联系 !报价. Pure: the line and what may be meant in, pieces out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhike.objects.day.names import Person, people_in
from zhike.schema.kinds.choices import names_of
from zhike.schema.spec import Option
from zhike.schema.spoken import SpokenDay, days_in, half_width
from zhike.schema.understanding import Piece, Understanding
from zhike.schema.values import Ref

WAY_WORDS: dict[str, str] = {
    "call": r"打了?(?:个|通)?电话|通了?(?:个)?电话|电话|致电|去电|来电|\bcall(?:ed|s|ing)?\b|\bphoned?\b|\brang\b|\btel\b",
    "visit": r"拜访|上门|走访|到访|来访|回访现场|\bvisit(?:ed|s|ing)?\b|\bwent to see\b|\bon site\b",
    "wechat": r"企业微信|企微|微信|\bwechat(?:ed)?\b|\bwecom\b",
    "mail": r"发了?(?:封)?(?:邮件|邮箱)|邮件|\be-?mail(?:ed|s)?\b|\bmailed\b|\bwrote to\b",
    "meeting": r"开了?(?:个)?会|会议|面谈|会谈|见了?(?:个)?面|\bmeeting\b|\bmet\b|\bzoom\b|\bteams call\b",
}
RESULT_WORDS: dict[str, str] = {
    "no_answer": (
        r"没接|没有接|未接|没人接|不接电话|无人接听|没联系上|没有联系上|联系不上|没打通|打不通|未打通|关机|停机|空号|占线|没找到人|人不在"
        r"|\bno answer\b|\bno reply\b|\bnot reached\b|\bnot reachable\b|\bunreachable\b|\bvoice ?mail\b"
        r"|\b(?:did not|didn['’]t) (?:pick up|answer|reply)\b|\b(?:could not|couldn['’]t|can['’]t) reach\b|\bline (?:was )?busy\b"
    ),
    "bad": (
        r"谈崩|没戏|没谈成|选了(?:别|其他|另一?)家|不感兴趣|没(?:有)?兴趣|不考虑了|明确拒绝|拒绝了|不合作了"
        r"|\bwent badly\b|\brejected\b|\bturned (?:it|us) down\b"
    ),
    "good": r"(?<![不没未])(?:谈成|谈妥|[谈聊](?:得|的)(?:很|不错|挺)好?|很顺利|顺利|很成功|很满意|很认可|很感兴趣|达成一致"
    r"|签了?(?:意向书|合同|单))(?!再|后|之前|以前)|\bwent well\b|\bagreed\b(?! to (?:call|meet))",
}
_NOT_THIS_TIME = re.compile(r"(?:再|回|等|约|待|会|到时候?|届时)\s*$|\b(?:to|will|please|should)\s+$", re.IGNORECASE)
_CALL_BACK = re.compile(r"\s*(?:back|again|then)\b", re.IGNORECASE)
_CUE = re.compile(
    r"再|回访|回电|回复|联系|跟进|答复|约|前|见|拜访|给|交|发|提醒|\bcall\b|\bfollow\b|\bback\b|\bmeet\b|\bvisit\b|\bsend\b|\bby\b|\bnext\b"
    r"|\bagain\b|\bremind\b|\bquote\b|\bdue\b",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"[,，;；]\s*(?:(?:到时候?|届时|那时候?)\s*(?P<what>[^,，。;；!！?？\n]+)|(?P<said>[^,.;!?\n]+?)\s+then\b)",
    re.IGNORECASE,
)
_PARTS = {"早上": 9, "上午": 10, "中午": 12, "下午": 15, "傍晚": 18, "晚上": 19, "晚": 19}
_PART = re.compile("|".join(_PARTS))
_CLAUSE = re.compile(r"[,，。;；!！?？\n]|(?<=\s)[#＃]")
_BEFORE_STEP = re.compile(r"^(?:[\s:：、的]|之?前(?=.)|以前)+|^(?:,?\s*(?:to|we|i|i'll|we'll)\s+)", re.IGNORECASE)
_AFTER_STEP = re.compile(r"(?:\s|\b(?:on|by|at|before|until|till|in|this|the)\s*)+$", re.IGNORECASE)
_TAG = re.compile(r"[!#]\s?(?=[^\s!#,.;，。；])")
_EDGE = re.compile(r"[\s,，.。;；、!！#＃?？)）]|$")
LONGEST_STEP = 300
LONGEST_TAG = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What a line may speak of: options by their keys and names, people, and the present moment where its writer is."""

    now: datetime
    ways: Sequence[Option] = ()
    results: Sequence[Option] = ()
    tags: Sequence[Option] = ()
    people: Sequence[Person] = field(default=())


def understand(text: str, known: Known) -> Understanding:
    """The pieces of a follow-up line: way, contacts, result, tags, happened, next_on, next_time, next_step."""
    plain = half_width(text)
    pieces: list[Piece] = list(_tags(plain, known.tags))
    days = days_in(text, known.now.date())
    following = _next(days, plain, known.now)
    way = _way(plain, known.ways)
    pieces += [way] if way else []
    pieces += _first_option("result", plain, known.results, RESULT_WORDS)
    taken = [*((one.start, one.end) for one in pieces), *((one.start, one.end) for one in days)]
    for meant in people_in(text, known.people):
        if any(meant.start < end and start < meant.end for start, end in taken):
            continue
        refs = tuple(Ref("contact", one.id, one.name) for one in meant.people)
        pieces.append(Piece("contacts", refs[0] if len(refs) == 1 else None, meant.start, meant.end, refs))
    if following:
        pieces.append(Piece("next_on", following.day, following.start, following.end))
        if following.time:
            pieces.append(Piece("next_time", following.time, *following.time_at))
        step = _step(plain, following, [one for one in pieces if one.key == "tags"])
        if step:
            pieces.append(Piece("next_step", text[step[0] : step[1]][:LONGEST_STEP], *step))
    past = _happened(days, plain, known.now, way)
    pieces += [past] if past else []
    return Understanding(text, tuple(sorted(pieces, key=lambda one: (one.start, one.end))))


# -- how, and with what result -----------------------------------------------------------------------------------------
def _words(option: Option, shipped: dict[str, str]) -> str:
    names = [re.escape(half_width(name)) for name in dict.fromkeys(names_of(option)) if len(name) > 1]
    own = [rf"\b{name}\b" if name[0].isascii() else name for name in names]
    return "|".join(part for part in (shipped.get(option.key, ""), *own) if part)


def _way(plain: str, ways: Sequence[Option]) -> Piece | None:
    """The first way named; a call that is yet to come (再打电话, call back) is not how this one happened."""
    best: tuple[int, int, str] | None = None
    for option in ways:
        words = _words(option, WAY_WORDS) if option.active and option.key != "other" else ""
        for hit in re.finditer(words, plain, re.IGNORECASE) if words else ():
            later = bool(_CALL_BACK.match(plain, hit.end()) or _NOT_THIS_TIME.search(plain[: hit.start()]))
            if later:
                continue
            rank = (hit.start(), -hit.end(), option.key)
            best = rank if best is None or rank < best else best
    return Piece("way", best[2], best[0], -best[1]) if best else None


def _first_option(key: str, plain: str, options: Sequence[Option], shipped: dict[str, str]) -> list[Piece]:
    order = list(shipped)
    ranked = sorted(options, key=lambda one: order.index(one.key) if one.key in order else len(order))
    for option in ranked:
        words = _words(option, shipped) if option.active and option.key != "neutral" else ""
        hit = re.search(words, plain, re.IGNORECASE) if words else None
        if hit:
            return [Piece(key, option.key, *hit.span())]
    return []


# -- tags --------------------------------------------------------------------------------------------------------------
def _tags(plain: str, options: Sequence[Option]) -> Iterable[Piece]:
    """``!报价``: the longest option name after the sign. Right after other words a sign is punctuation, unless the name
    ends there too. A name nobody gave a tag is told with no value."""
    names = sorted(
        ((half_width(name).casefold(), one.key) for one in options if one.active for name in names_of(one) if name),
        key=lambda pair: -len(pair[0]),
    )
    seen: set[str] = set()
    for hit in _TAG.finditer(plain):
        apart = hit.start() == 0 or (plain[hit.start() - 1] not in "!#" and bool(_EDGE.match(plain, hit.start() - 1)))
        rest = plain[hit.end() :]
        for name, key in names:
            if rest[: len(name)].casefold() != name:
                continue
            end = hit.end() + len(name)
            ends = bool(_EDGE.match(plain, end))
            if (ends or (apart and not name.isascii())) and key not in seen:
                seen.add(key)
                yield Piece("tags", key, hit.start(), end)
            if ends or apart:
                break
        else:
            word = re.match(r"[\w-]+", rest)
            if apart and word and len(word[0]) <= LONGEST_TAG:
                yield Piece("tags", None, hit.start(), hit.end() + word.end())


# -- when --------------------------------------------------------------------------------------------------------------
def _next(days: Sequence[SpokenDay], plain: str, now: datetime) -> SpokenDay | None:
    """The day of the next step: the last one ahead that something is to be done on, else the last one ahead."""
    today, clock = now.date(), f"{now:%H:%M}"
    ahead = [one for one in days if one.day > today or (one.day == today and (one.time > clock or _cued(one, plain)))]
    cued = [one for one in ahead if _cued(one, plain)]
    return cued[-1] if cued else ahead[-1] if ahead else None


def _cued(one: SpokenDay, plain: str) -> bool:
    start, end = _clause(plain, one)
    if one.day and plain[start : one.start].strip() == "" and start == 0 and end == len(plain):
        return False
    return bool(_CUE.search(plain[start : one.start]) or _CUE.search(plain[one.end : end]))


def _clause(plain: str, one: SpokenDay) -> tuple[int, int]:
    first = min(one.start, one.time_at[0]) if one.time else one.start
    last = max(one.end, one.time_at[1])
    before = [hit.end() for hit in _CLAUSE.finditer(plain, 0, first)]
    after = _CLAUSE.search(plain, last)
    return before[-1] if before else 0, after.start() if after else len(plain)


def _step(plain: str, one: SpokenDay, tags: Sequence[Piece]) -> tuple[int, int] | None:
    """What is to be done then: the rest of the clause after the day, else what stands before it."""
    start, end = _clause(plain, one)
    then = _THEN.match(plain, end)
    if then:  # 下周一回来，到时候联系
        return then.span("what" if then["what"] else "said")
    first = min(one.start, one.time_at[0]) if one.time else one.start
    last = max(one.end, one.time_at[1])
    end = min([end, *(tag.start for tag in tags if tag.start >= last)])
    start = max([start, *(tag.end for tag in tags if tag.end <= first)])
    after = _BEFORE_STEP.match(plain[last:end])
    begin = last + (after.end() if after else 0)
    stop = begin + len(plain[begin:end].rstrip())
    if stop > begin:
        return begin, stop
    piece = plain[start:first]
    tail = _AFTER_STEP.search(piece)
    stop = start + (tail.start() if tail else len(piece))
    begin = start + len(piece) - len(piece.lstrip())
    return (begin, stop) if stop > begin else None


def _happened(days: Sequence[SpokenDay], plain: str, now: datetime, way: Piece | None) -> Piece | None:
    """A day behind that opens the line (昨天拜访了王总, visited Wang yesterday) is when it happened."""
    today, clock = now.date(), f"{now:%H:%M}"
    for one in days:
        behind = one.day < today or (one.day == today and one.time and one.time <= clock)
        opens = not plain[: one.start].strip() or (way is not None and not _CLAUSE.search(plain[: one.start]))
        start, end = _clause(plain, one)
        with_way = way is not None and start <= way.start < end
        told_of = "的" in plain[one.end : end] and not with_way  # 昨天发的样品: not what happened now
        if behind and opens and not told_of and (now.date() - one.day).days <= 366:
            hour, minute = (int(part) for part in (one.time or _about(one, plain)).split(":"))
            at = datetime(one.day.year, one.day.month, one.day.day, hour, minute, tzinfo=now.tzinfo)
            return Piece("happened", at, one.start, max(one.end, one.time_at[1]))
    return None


def _about(one: SpokenDay, plain: str) -> str:
    """The time of day of 昨天下午 and 昨晚; noon when nothing is said."""
    part = _PART.match(plain, one.end) or _PART.search(plain, max(one.end - 1, one.start), one.end)
    return f"{_PARTS[part[0]]:02d}:00" if part else "12:00"
