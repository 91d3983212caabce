"""Comparing plain values: texts, numbers of documents, days, phones, addresses of all sorts, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _
from zhike.records.likeness.comparisons import CLOSE, DIFFERS, SAME, Found, Likeness, Rarity, bits, likeness
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address, Ref
from zhike.store.search_text import fold

OSA: Any = LazyModule("rapidfuzz.distance.OSA")
JaroWinkler: Any = LazyModule("rapidfuzz.distance.JaroWinkler")
_fuzz: Any = LazyModule("rapidfuzz.fuzz")

_NOT_LETTERS = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"\d+")
_EXTENSION = ";ext="
LONGEST = 200  # characters of a text that are compared
SHORTEST_CODE = 5
SHARED_BOXES = frozenset("info sales admin contact office mail service support hello hr marketing".split())
UNLIKE = _("{field}: not the same")


def tight(value: Any) -> str:
    """A text without case, width, blanks and punctuation."""
    return _NOT_LETTERS.sub("", fold(str(value)[:LONGEST]))


def words_in(value: Any) -> list[str]:
    """The words of a text, folded."""
    return _NOT_LETTERS.sub(" ", fold(str(value)[:LONGEST])).split()


def said(text: Words, fields: Sequence[FieldSpec]) -> Words:
    """The reason with the field it is about."""
    return text.with_(field=fields[0].label)


@likeness
class Text(Likeness):
    """Any short text, such as the name of a product."""

    name = "text"

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        return next((form for value in values if value and (form := " ".join(words_in(value)))), None)

    def keys(self, form: Any) -> Iterable[str]:
        yield "t:" + form.replace(" ", "")
        words = sorted(form.split(), key=len)
        yield from ("tw:" + word for word in words[-3:] if len(word) > 2)

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        if one.replace(" ", "") == two.replace(" ", ""):
            same = bits(0.9, rarity.share("t:" + one.replace(" ", ""), 1e-4))
            return Found(SAME, same, _("{field} is the same: {value}").with_(value=one))
        if _NUMBERS.findall(one) == _NUMBERS.findall(two):
            if sorted(one.split()) == sorted(two.split()):
                return Found(CLOSE, 8.0, _("{field} has the same words"))
            if JaroWinkler.similarity(one, two) >= 0.93:
                return Found(CLOSE, 4.0, _("{field} is almost the same"))
        return Found(DIFFERS, -4.0, UNLIKE)


@likeness
class Code(Likeness):
    """A number somebody was given: of a document, a company, a bank account. One slip of the hand still agrees."""

    name = "code"
    differing = -4.0

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        return next((form for value in values if value and (form := tight(value))), None)

    def keys(self, form: Any) -> Iterable[str]:
        yield "c:" + form
        if len(form) >= SHORTEST_CODE:  # one slip leaves the beginning or the end as it was
            half = len(form) // 2
            yield f"ch:{form[:half]}"
            yield f"ct:{form[half:]}"

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        if one == two:
            agreeing = bits(0.95, rarity.beyond("c:" + one, 1e-6), 16.0)
            return Found(SAME, max(agreeing, 1.0), _("{field} is the same"))
        if min(len(one), len(two)) >= SHORTEST_CODE:
            apart = OSA.distance(one, two, score_cutoff=2)
            if apart == 1:
                swapped = len(one) == len(two) and sorted(one) == sorted(two)
                reason = _("{field}: two digits are swapped") if swapped else _("{field} differs in one digit")
                return Found(CLOSE, min(2.2 * len(one) - 6.0, 10.0), reason)
            if apart == 2 and min(len(one), len(two)) > 6:
                return Found(CLOSE, 2.0, _("{field} differs in two digits"))
        return Found(DIFFERS, self.differing, UNLIKE)


@likeness
class Handle(Code):
    """A name in a messenger or the like: people have several."""

    name = "handle"
    differing = -1.0

    def keys(self, form: Any) -> Iterable[str]:
        yield "h:" + form

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        if one == two:
            return Found(SAME, bits(0.9, rarity.beyond("h:" + one, 1e-5), 14.0), _("{field} is the same"))
        return Found(DIFFERS, self.differing, UNLIKE)


@likeness
class Day(Likeness):
    """A day, above all a birthday; day and month swapped, or one digit wrong, still agree."""

    name = "date"
    identifies = False

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        for value in values:
            text = value.strftime("%Y%m%d") if isinstance(value, date) else "".join(_NUMBERS.findall(str(value or "")))
            if len(text) == 8:
                return text
        return None

    def keys(self, form: Any) -> Iterable[str]:
        yield "d:" + form
        yield f"ds:{form[:4]}{''.join(sorted((form[4:6], form[6:])))}"
        yield f"dy:{form[2:4]}{form[4:6]}"
        yield f"dm:{form[3]}{form[4:]}"

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        if one == two:
            return Found(SAME, bits(0.9, rarity.share("d:" + one, 1e-4)), _("{field} is the same"))
        if one[:4] == two[:4] and one[4:6] == two[6:] and one[6:] == two[4:6]:
            return Found(CLOSE, 7.0, _("{field}: day and month are swapped"))
        if OSA.distance(one, two) == 1:
            return Found(CLOSE, 5.5, _("{field} differs in one digit"))
        alike = sum(a == b for a, b in zip(one, two, strict=True))
        return Found(DIFFERS, -2.0 if alike == 6 else -4.5, UNLIKE)


class _Several(Likeness):
    """Fields that hold the same sort of thing (mobile and phone): one agreement between any two of them is enough."""

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        return tuple(dict.fromkeys(form for value in values if value and (form := self.one(str(value))))) or None

    def one(self, value: str) -> str:
        return tight(value)


@likeness
class Phone(_Several):
    """Phone numbers in E.164, extensions left aside. A switchboard that many share says little."""

    name = "phone"

    def one(self, value: str) -> str:
        return value.partition(_EXTENSION)[0]

    def keys(self, form: Any) -> Iterable[str]:
        for number in form:
            yield "p:" + number
            yield f"ph:{number[:-4]}"
            yield f"pt:{number[-6:]}"

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        shared = [number for number in one if number in two]
        if shared:
            strength = max(bits(0.9, rarity.beyond("p:" + number, 5e-6), 15.0) for number in shared)
            return Found(SAME, max(strength, 0.5), _("{field} ending in {tail} is the same").with_(tail=shared[0][-4:]))
        if any(OSA.distance(a, b, score_cutoff=1) == 1 for a in one for b in two):
            return Found(CLOSE, 4.0, _("{field} differs in one digit"))
        return Found(DIFFERS, -1.0, UNLIKE)


@likeness
class Mail(_Several):
    """E-mail addresses; a box many share (info@…) says little."""

    name = "email"

    def one(self, value: str) -> str:
        return value.strip().lower()

    def keys(self, form: Any) -> Iterable[str]:
        for address in form:
            yield "m:" + address
            local = address.partition("@")[0]
            if len(local) > 4 and local not in SHARED_BOXES:
                yield "ml:" + local

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        shared = [address for address in one if address in two]
        if shared:
            strength = max(bits(0.9, rarity.beyond("m:" + address, 5e-6), 15.0) for address in shared)
            return Found(SAME, max(strength, 0.5), _("{field} is the same"))
        for a in one:
            for b in two:
                local, _at, domain = a.partition("@")
                other, _at, elsewhere = b.partition("@")
                if local == other and len(local) > 4 and local not in SHARED_BOXES:
                    near = OSA.distance(domain, elsewhere) <= 2
                    return Found(CLOSE, 7.0 if near else 3.0, _("{field}: the same name before the @"))
                if domain == elsewhere and len(local) > 5 and OSA.distance(local, other) == 1:
                    return Found(CLOSE, 5.0, _("{field} differs in one letter"))
        return Found(DIFFERS, -1.0, UNLIKE)


@likeness
class Site(Likeness):
    """A web site, by its host."""

    name = "url"

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        for value in values:
            host = re.sub(r"^[a-z]+://", "", str(value or "").strip().lower()).partition("/")[0].partition(":")[0]
            if "." in host:
                return host.removeprefix("www.")
        return None

    def keys(self, form: Any) -> Iterable[str]:
        yield "u:" + form

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        if one == two:
            return Found(SAME, bits(0.9, rarity.beyond("u:" + one, 1e-5), 13.0), _("{field} is the same"))
        return Found(DIFFERS, -1.5, UNLIKE)


@likeness
class Link(Likeness):
    """A link to another record, such as a contact's account. Worth little alone, much together with a name."""

    name = "link"
    identifies = False

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        return next((f"{value.object}:{value.id}" for value in values if isinstance(value, Ref)), None)

    def keys(self, form: Any) -> Iterable[str]:
        yield "l:" + form

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        if one == two:
            return Found(SAME, max(bits(0.7, rarity.share("l:" + one, 1e-3)), 0.0), _("{field} is the same"))
        return Found(DIFFERS, -1.5, UNLIKE)


@likeness
class Place(Likeness):
    """A postal address: the street by its words in any order, and the place around it. People move, so that another
    address says little against."""

    name = "address"
    identifies = False

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        for value in values:
            if isinstance(value, Address):
                street = " ".join(sorted(words_in(value.street)))
                town = tight(value.district or value.city)
                if street or town or value.postcode:
                    return street, town, tight(value.postcode)
            elif value and (street := " ".join(sorted(words_in(value)))):
                return street, "", ""
        return None

    def keys(self, form: Any) -> Iterable[str]:
        street, town, postcode = form
        if street:
            yield "a:" + street.replace(" ", "")
            words = street.split()
            longest = max(words, key=len)
            if len(words) > 1:
                yield from (f"an:{longest}{number}" for number in words if number[0].isdigit())
            if town or postcode:
                yield f"at:{longest[:5]}{town or postcode}"
        if postcode and town:
            yield f"ap:{postcode}{town}"

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        around = _around(one, two)
        if one[0] and two[0]:
            likeness_of_streets = _fuzz.token_sort_ratio(one[0], two[0])
            if one[0] == two[0]:
                street = bits(0.8, rarity.share("a:" + one[0].replace(" ", ""), 1e-3))
            elif likeness_of_streets >= 85:
                street = 7.0
            elif likeness_of_streets >= 65:
                street = 3.5
            else:
                street = -2.0 if likeness_of_streets < 50 else 0.0
            strength = max(min(street + around, 14.0), -3.0)
            if street >= 7.0:
                return Found(SAME if one[0] == two[0] else CLOSE, strength, _("{field}: the street is the same"))
            return Found(
                CLOSE if strength > 2 else DIFFERS, strength, _("{field} is alike") if strength > 2 else UNLIKE
            )
        return Found(CLOSE if around > 0 else DIFFERS, around, _("{field}: the same place") if around > 0 else UNLIKE)


def _around(one: tuple[str, str, str], two: tuple[str, str, str]) -> float:
    """The evidence of town and postcode, which mostly go together."""
    found = [
        (3.5 if a == b else 2.0 if min(len(a), len(b)) > 3 and OSA.distance(a, b) <= 1 else -1.5)
        for a, b in zip(one[1:], two[1:], strict=True)
        if a and b
    ]
    return sum(found)
