"""Money, numbers, dates and sizes as short text in the reader's language. Plain functions, no locale files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from zhike.kernel.words import _
from zhike.schema.kinds.base import Setting
from zhike.schema.values import Money

SIGNS = {
    "CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$", "TWD": "NT$", "SGD": "S$",
    "KRW": "₩", "INR": "₹", "AUD": "A$", "CAD": "C$", "CHF": "CHF ", "BRL": "R$", "MOP": "MOP$", "THB": "฿",
}  # fmt: skip
NO_MINOR = frozenset({"JPY", "KRW", "VND", "CLP"})
FROM_WHICH_CENTS_GO = 1000
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WEEKDAYS_ZH = "周一 周二 周三 周四 周五 周六 周日".split()
WEEKDAYS_EN = "Mon Tue Wed Thu Fri Sat Sun".split()


def money_text(value: Money, *, short: bool = False) -> str:
    """``¥860,000.00``; short: without cents from a thousand on (``¥860,000``). A minus sign stands before the currency."""
    amount = value.amount
    whole = short and (abs(amount) >= FROM_WHICH_CENTS_GO or amount == amount.to_integral_value())
    places = Decimal(1) if whole or value.currency in NO_MINOR else Decimal("0.01")
    rounded = abs(amount).quantize(places, rounding=ROUND_HALF_UP)
    sign = "−" if amount < 0 and rounded else ""
    return f"{sign}{SIGNS.get(value.currency, value.currency + ' ')}{rounded:,}"


def number_text(value: Decimal | int, decimals: int = 0) -> str:
    """Grouped digits; trailing zeros after the point are dropped beyond the field's own decimals."""
    number = Decimal(value)
    if number == number.to_integral_value():
        return f"{int(number):,}".replace("-", "−")
    text = (
        f"{number.quantize(Decimal(1).scaleb(-max(decimals, 1)), rounding=ROUND_HALF_UP):,}"
        if decimals
        else f"{number.normalize():,f}"
    )
    return text.replace("-", "−")


def size_text(size: int) -> str:
    """A file size: ``2.4 MB``."""
    amount, unit = float(size), "B"
    for following in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, following
    return f"{amount:.0f} {unit}" if unit in ("B", "kB") or amount >= 100 else f"{amount:.1f} {unit}"


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone; UTC when the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def is_chinese(setting: Setting) -> bool:
    """Whether the reader reads Chinese."""
    return setting.language.startswith("zh")


def local_day(value: date | datetime, setting: Setting) -> date:
    """The calendar day of an instant where the reader is."""
    return value.astimezone(zone(setting.timezone)).date() if isinstance(value, datetime) else value


def day_text(value: date, setting: Setting, *, weekday: bool = False) -> str:
    """今天, 昨天, 3天前, 3月9日, then 2025-11-03; in English today, yesterday, 3 days ago, 9 Mar."""
    today = setting.today or datetime.now(zone(setting.timezone)).date()
    away = (value - today).days
    if away == 0:
        return str(_("today"))
    if away == -1:
        return str(_("yesterday"))
    if away == 1:
        return str(_("tomorrow"))
    if -7 < away < 0:
        return str(_("{n} days ago").with_(n=-away))
    if value.year != today.year:
        return value.isoformat()
    if is_chinese(setting):
        text = f"{value.month}月{value.day}日"
    else:
        text = f"{value.day} {MONTHS[value.month - 1]}"
    if weekday and 0 < away < 14:
        text += f" {weekday_text(value, setting)}"
    return text


def weekday_text(value: date, setting: Setting) -> str:
    """周五, or Fri."""
    return (WEEKDAYS_ZH if is_chinese(setting) else WEEKDAYS_EN)[value.weekday()]


def instant_text(value: datetime, setting: Setting) -> str:
    """A friendly day with the time while it is near: 今天 09:42, 昨天 18:05, 3月9日 14:00, 2025-11-03."""
    there = value.astimezone(zone(setting.timezone))
    day = day_text(there.date(), setting)
    today = setting.today or datetime.now(zone(setting.timezone)).date()
    return day if there.year != today.year else f"{day} {there:%H:%M}"


def exact_text(value: date | datetime, setting: Setting) -> str:
    """The whole of it, for titles: ``2026-03-18 09:42 周三``."""
    if isinstance(value, datetime):
        there = value.astimezone(zone(setting.timezone))
        return f"{there:%Y-%m-%d %H:%M} {weekday_text(there.date(), setting)}"
    return f"{value.isoformat()} {weekday_text(value, setting)}"


def machine_text(value: date | datetime) -> str:
    """For the ``datetime`` attribute: ISO 8601, instants in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value.isoformat()


def minutes_text(minutes: int) -> str:
    """A length of time: 2 小时 30 分, 2 h 30 min."""
    length = timedelta(minutes=abs(minutes))
    hours, rest = divmod(int(length.total_seconds()) // 60, 60)
    sign = "−" if minutes < 0 else ""
    if not hours:
        return sign + str(_("{n} min").with_(n=rest))
    if not rest:
        return sign + str(_("{n} h").with_(n=hours))
    return sign + str(_("{h} h {n} min").with_(h=hours, n=rest))
