"""The one door that says whether something may be sent to somebody: asked by whatever writes to customers, right before it
sends, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhike.kernel.words import Words, _
from zhike.records.lives import pointing
from zhike.records.privacy.subjects import CONSENT
from zhike.schema.registry import registry
from zhike.store.database import from_db, marks, rows

PURPOSES: Mapping[str, Words] = {
    "service": _("Fulfilling the contract, service"),
    "marketing": _("Offers and news"),
    "research": _("Surveys and analysis"),
    "sharing": _("Giving it to partners"),
    "sensitive": _("Sensitive personal data"),
    "abroad": _("Transfer abroad"),
    "everything": _("Everything"),
}
CHANNELS: Mapping[str, Words] = {
    "any": _("Every channel"),
    "mail": _("E-mail"),
    "sms": _("Text message"),
    "phone": _("Phone"),
    "wechat": _("WeChat"),
}
ALLOWED_WITHOUT = frozenset({"service"})  # the contract is the ground; a withdrawal stops it all the same
EVERYTHING, ANY = "everything", "any"
MOST = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it may be sent, and why. ``consent`` is the record that decides, 0 when there is none."""

    may: bool
    why: Words
    consent: int = 0

    def __bool__(self) -> bool:
        return self.may


def may_send(object_key: str, record_id: int, purpose: str, channel: str) -> Answer:
    """Whether a person may be sent something for a purpose over a channel, as things stand in the running transaction.

    The newest word of the person counts: a withdrawal for the purpose or for everything, over this channel or every one,
    stops it until a newer consent is given. Without any word only what the contract needs is allowed. A person in the
    trash or erased is never written to."""
    spec = registry.find(object_key)
    consents = registry.find(CONSENT)
    if spec is None or consents is None or purpose not in PURPOSES or channel not in CHANNELS:
        return Answer(False, _("Nobody knows this person, purpose or channel."))
    alive = rows(f'SELECT 1 FROM "{spec.table}" WHERE "id" = %s AND "trashed" IS NULL', (record_id,))
    if not alive:
        return Answer(False, _("The person is no longer there."))
    ids = [one for one, _to in pointing(spec, [record_id], consents, consents["parent"], limit=MOST)]
    words = _words(consents.table, ids, purpose, channel) if ids else []
    if not words:
        if purpose in ALLOWED_WITHOUT:
            return Answer(True, _("Needed for the contract; nobody objected."))
        return Answer(False, _("There is no consent to this."))
    _at, withdrawn, consent = max(words)
    if withdrawn:
        return Answer(False, _("Consent was withdrawn."), consent)
    return Answer(True, _("Consent was given."), consent)


def _words(table: str, ids: list[int], purpose: str, channel: str) -> list[tuple[object, bool, int]]:
    """What the person said about it, each with its moment; of one moment the withdrawal counts."""
    found = rows(
        f'SELECT "id", "given_on", "withdrawn_on", "created" FROM "{table}" WHERE "id" IN ({marks(ids)})'
        ' AND "purpose" IN (%s, %s) AND "channel" IN (%s, %s)',
        (*ids, purpose, EVERYTHING, channel, ANY),
    )
    words: list[tuple[object, bool, int]] = []
    for id_, given, withdrawn, created in found:
        at = withdrawn if withdrawn is not None else given if given is not None else created
        words.append((from_db(at, "instant"), withdrawn is not None, int(id_)))
    return words
