"""Which records does the right side of a link mean? Ids and ``me`` directly, bare words by stable key, texts by title."""

from __future__ import annotations

from zhike.kernel.errors import BadQuery, NotFound
from zhike.kernel.words import _
from zhike.query.operands import literal, operand
from zhike.query.paths import MOST_LINKS, Members, Resolver, extended, target_of
from zhike.query.syntax import KEYWORDS, Condition, Value
from zhike.query.tree import Compare, InSegment, Node, Not, Or, Path
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import FieldSpec

LARGEST_ID = 2**53
PERSON = "user"


class References:
    """Reads the right sides of link conditions of one filter."""

    def __init__(self, source: str, setting: Setting, actor_id: int, resolver: Resolver) -> None:
        self.source, self.setting, self.actor_id, self.resolver = source, setting, actor_id, resolver

    def condition(self, path: Path, op: str, values: list[Value]) -> Node:
        """``path op value`` for = and !=, or ``in`` a list that may mix ids, keys and titles. Raises BadQuery."""
        if op != "in":
            ident = self._id(path.field, values[0])
            if ident is not None:
                return Compare(path, op, *ident)  # type: ignore[arg-type]
            named = self.named(path, values[0])
            return Compare(named, op, *operand(values[0], named, self.setting, self.source))  # type: ignore[arg-type]
        groups: dict[str, tuple[Path, dict[object, str]]] = {}
        for value in values:
            found, reached = self._id(path.field, value), path
            if found is None:
                reached = self.named(path, value)
                found = operand(value, reached, self.setting, self.source)
            groups.setdefault(reached.text, (reached, {}))[1].setdefault(found[0], found[1])
        compares = [Compare(one, "in", tuple(said), f"({', '.join(said.values())})") for one, said in groups.values()]
        if not compares:
            return Compare(path, "in", (), "()")
        return compares[0] if len(compares) == 1 else Or(tuple(compares))

    def named(self, path: Path, value: Value) -> Path:
        """The path to what a word or text is compared with: the target's stable key (a bare word) or its title (a quoted text, or
        a word that is no key because it is not Latin, such as 谈判). Raises BadQuery."""
        link = path.field
        if link.kind != "link":
            text = _("“{name}” leads to several kinds of records: write the record as account:123.").with_(
                name=link.label
            )
            raise BadQuery(text, value.at, self.source)
        if len(path.links) == MOST_LINKS:
            raise BadQuery(_("A path crosses at most {most} links.").with_(most=MOST_LINKS), value.at, self.source)
        target = target_of(link, self.resolver, value.at, self.source)
        is_key = value.form != "text" and value.text.isascii()
        key = target.code if target.code and is_key else target.title
        field = target.field(key)
        if field is None or field.kind in ("link", "links", "any_link") or not self.resolver.readable(target, field):
            text = _("Records of “{name}” can be compared by id only.").with_(name=link.label)
            raise BadQuery(text, value.at, self.source)
        return extended(path, target, field)

    def many(self, path: Path, value: Value) -> tuple[list[int], str]:
        """The ids a value of a field with many links means, and its spelling. A name nobody has gives none."""
        ident = self._id(path.field, value)
        if ident is not None:
            return [ident[0]], ident[1]
        target = target_of(path.field, self.resolver, value.at, self.source)
        return self.resolver.find_ids(target, value.text), literal(value.text)

    def segments(self, path: Path, said: Condition) -> Node:
        """``segment = vip``, ``!=`` and ``in`` a list, asked of the record the path ends at. Raises BadQuery."""
        if said.op not in ("=", "!=", "in"):
            text = _("Segments are asked for with “=”, “!=” and “in”: segment = vip.")
            raise BadQuery(text, said.at, self.source)
        asked: dict[int, tuple[Members, str]] = {}
        for value in said.values:
            found = self.resolver.segment(path.objects[-1], value.text)
            if found is None:
                text = _("There is no segment of {objects} called “{name}” that you can use.")
                told = text.with_(objects=path.objects[-1].plural_label, name=value.text[:60])
                raise BadQuery(told, value.at, self.source)
            asked.setdefault(found.id, (found, value.said if value.form == "number" else literal(value.text)))
        members = [one for one, _text in asked.values()]
        texts = [text for _one, text in asked.values()]
        kept = tuple(one.id for one in members if one.live is None)
        live = tuple(one.live for one in members if one.live is not None)
        spelled = f"({', '.join(texts)})" if said.op == "in" else texts[0]
        few = not live and not path.links and all(one.few for one in members)
        found_in = InSegment(path, kept, live, spelled, tuple(one.name for one in members), few)
        return Not(found_in) if said.op == "!=" else found_in

    def _id(self, link: FieldSpec, value: Value) -> tuple[int, str] | None:
        """The id and spelling of a number, a record or ``me``; None for a name."""
        if value.form == "number":
            if not (value.text.isdecimal() and value.text.isascii() and int(value.text) < LARGEST_ID):
                text = _("“{name}” takes the id of a record, its key, or its title in quotes.").with_(name=link.label)
                raise BadQuery(text, value.at, self.source)
            return int(value.text), str(int(value.text))
        if value.form == "record":
            return self._record(link, value)
        if value.form == "word" and KEYWORDS.get(value.text.lower()) == "me" and link.to in (PERSON, ""):
            return self.actor_id, "me"
        return None

    def _record(self, link: FieldSpec, value: Value) -> tuple[int, str]:
        key, ident = value.data
        try:
            target = self.resolver.object(key)
        except NotFound:
            raise BadQuery(
                _("There is no object called “{name}”.").with_(name=key[:60]), value.at, self.source
            ) from None
        if link.to and link.to != target.key:
            text = _("“{name}” does not lead to records of “{object}”.").with_(name=link.label, object=target.label)
            raise BadQuery(text, value.at, self.source)
        if ident >= LARGEST_ID:
            raise BadQuery(_("There is no record with this id."), value.at, self.source)
        return ident, value.said if not link.to else str(ident)
