"""The European Central Bank's file of reference rates: units of each currency per euro, one line a publishing day.

They are converted through the euro into the company's base currency. A day on which the base currency was not quoted takes
its last quote of the five publishing days before."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.company.company import require_settings
from zhike.records.company.rates import LARGEST, set_rates, used_currencies
from zhike.records.company.settings import company
from zhike.records.company.settings_log import note_setting
from zhike.schema.formats import currencies
from zhike.store.database import write_transaction

LARGEST_FILE = 50 * 1024 * 1024
BLANK = ("", "N/A")
CARRIED = 5  # publishing days a quote of the base currency is carried on
EURO = "EUR"
Line = tuple[date, dict[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import stored: rates, publishing days, the first and the last of them, and of which currencies."""

    rates: int
    days: int
    first: date | None
    last: date | None
    currencies: tuple[str, ...]

    def said(self) -> Words:
        """In one sentence."""
        if not self.rates:
            return _("The file holds no rate that could be used here.")
        text = _("{rates} rates of {days} days, {first} to {last}")
        return text.with_(rates=f"{self.rates:,}", days=f"{self.days:,}", first=self.first, last=self.last)


def import_rates(
    actor: Actor, data: bytes, wanted: Sequence[str] = (), since: date | None = None, dry_run: bool = False
) -> Imported:
    """Read the bank's file (``eurofxref-hist.zip`` or its CSV) and keep the rates of these currencies, without any named
    of those the company uses. Rates of equal days are replaced. Raises Invalid, Forbidden."""
    require_settings(actor)
    base = company().currency
    codes = tuple(dict.fromkeys(wanted or used_currencies()))
    unknown = [code for code in codes if code not in currencies()]
    if unknown:
        raise _wrong(_("“{code}” is not a currency. Write its code, such as CNY or USD.").with_(code=unknown[0][:10]))
    found = list(based(read_lines(data), base, codes, since))
    days = sorted({on for _currency, on, _rate in found})
    done = Imported(
        len(found), len(days), days[0] if days else None, days[-1] if days else None,
        tuple(sorted({currency for currency, _on, _rate in found})),
    )  # fmt: skip
    if found and not dry_run:
        with write_transaction():
            set_rates(found)
            said = {"rates": done.rates, "first": str(done.first), "last": str(done.last)}
            note_setting(actor, "rates.ecb", None, {**said, "currencies": list(done.currencies)})
    return done


def read_lines(data: bytes) -> list[Line]:
    """The days of the file, oldest first, with the units of each quoted currency per euro. Raises Invalid."""
    text = _text_of(data)
    reader = csv.reader(io.StringIO(text))
    head = [one.strip() for one in next(reader, [])]
    if len(head) < 2 or head[0] != "Date" or not any(code in currencies() for code in head[1:]):
        raise _wrong(_("This is not the bank’s file: its first line is Date, then the codes of currencies."))
    lines = []
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            on = date.fromisoformat(cells[0].strip())
            quoted = {
                code: Decimal(cell.strip())
                for code, cell in zip(head[1:], cells[1:], strict=False)
                if code and cell.strip() not in BLANK
            }
        except (ValueError, InvalidOperation):
            raise _wrong(_("Line {n} cannot be read: “{text}”").with_(n=number, text=",".join(cells)[:60])) from None
        if any(not rate.is_finite() or rate <= 0 for rate in quoted.values()):
            raise _wrong(_("Line {n} cannot be read: “{text}”").with_(n=number, text=",".join(cells)[:60]))
        lines.append((on, quoted))
    return sorted(lines, key=lambda one: one[0])


def based(
    lines: Sequence[Line], base: str, wanted: Sequence[str], since: date | None = None
) -> Iterator[tuple[str, date, Decimal]]:
    """``(currency, day, value of one unit in base)`` for each quote of a wanted currency."""
    last, age = Decimal(1) if base == EURO else None, 0
    for on, quoted in lines:
        if base != EURO:
            age = 0 if base in quoted else age + 1
            last = quoted.get(base, last if age <= CARRIED else None)
        if last is None or (since is not None and on < since):
            continue
        for code in wanted:
            per_euro = Decimal(1) if code == EURO else quoted.get(code)
            if code != base and per_euro is not None and last / per_euro < LARGEST:
                yield code, on, last / per_euro


def _text_of(data: bytes) -> str:
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                names = [one for one in packed.infolist() if one.filename.lower().endswith(".csv")]
                if len(names) != 1 or names[0].file_size > LARGEST_FILE:
                    raise _wrong(_("The archive should hold one CSV file of at most 50 MB."))
                with packed.open(names[0]) as inside:
                    data = inside.read(LARGEST_FILE + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
            raise _wrong(_("The archive is damaged.")) from None
    if len(data) > LARGEST_FILE:
        raise _wrong(_("The archive should hold one CSV file of at most 50 MB."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(_("This is not the bank’s file: its first line is Date, then the codes of currencies.")) from None


def _wrong(text: Words) -> Invalid:
    return Invalid(Problem(text, "file"))
