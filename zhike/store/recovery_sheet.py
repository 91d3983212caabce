"""The recovery sheet: the master keys as text to print, and to type back when the key file is lost.

Each key is two lines of base32 groups (letters and 2-7), the last group of a line being its check group: a typing
mistake is found and its line named. Everything around those lines is for the reader and ignored when read back.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from zhike.kernel.words import _
from zhike.store.ciphers import AES, SUITES
from zhike.store.keyfile import KeyRing, MasterKey, VaultError, read_key_file, write_new_key_file

_LINE = re.compile(r"^\s*(INDEX|KEY)-([0-9]+)-([12])-([0-9]{8})\s*:(.*)$", re.IGNORECASE | re.MULTILINE)
_SUITE = re.compile(r"^\s*SUITE\s*:\s*([A-Z0-9]+)\s*$", re.IGNORECASE | re.MULTILINE)
_LOOKALIKES = str.maketrans("018", "OIB")
_CHARACTERS = 52  # base32 of 32 bytes
_FIRST = 28  # of them on the first line


def recovery_sheet(path: Path) -> str:
    """Text to print of all keys in a key file: 100 columns at most, a few lines. Show it to nobody, store it apart."""
    ring = read_key_file(path)
    lines = [
        str(_("Zhike recovery sheet")),
        "",
        str(_("Whoever has this sheet and a copy of the database can read every secret in it. Keep it in a safe.")),
        str(_("To restore: type the lines below into a text file and run: zhike key restore FILE")),
        "",
    ]
    for label, key in [("INDEX-1", ring.index), *((f"KEY-{n}", key) for n, key in enumerate(ring.masters, start=1))]:
        text = base64.b32encode(key.key).decode("ascii").rstrip("=")
        for half, part in enumerate((text[:_FIRST], text[_FIRST:]), start=1):
            name = f"{label}-{half}-{key.made.replace('-', '')}"
            groups = [part[i : i + 4] for i in range(0, len(part), 4)]
            lines.append(f"{name}: {' '.join(groups)} {_check_group(name, part)}")
    if ring.suite != AES:
        lines.append(f"SUITE: {ring.suite.upper()}")
    lines += [
        "",
        *_about_keys(ring),
        str(_("The last group of each line checks the line: a typing mistake will be found.")),
    ]
    return "\n".join(lines) + "\n"


def _about_keys(ring: KeyRing) -> list[str]:
    """Which key is which: the current one, and what an older one is still good for."""
    numbered = list(enumerate(ring.masters, start=1))
    number, current = numbered[-1]
    told = [_("KEY-{n} ({id}, made {day}) is the current key.").with_(n=number, id=current.id, day=current.made)]
    for n, key in numbered[:-1]:
        text = _(
            "KEY-{n} ({id}, made {day}) is being replaced: it opens what was not wrapped anew yet, and older backups."
        )
        told.append(text.with_(n=n, id=key.id, day=key.made))
    told.append(_("Keep older sheets as long as you keep backups made before the current key."))
    return [str(one) for one in told]


def read_recovery_sheet(text: str) -> KeyRing:
    """The keys of a typed sheet; case, spaces and 0/O, 1/I, 8/B do not matter.

    Raises VaultError naming the first line that does not check, or what is missing.
    """
    halves: dict[tuple[str, int], dict[int, str]] = {}
    days: dict[tuple[str, int], str] = {}
    for role, number, half, day, typed in _LINE.findall(text):
        name = f"{role.upper()}-{number}-{half}-{day}"
        letters = re.sub(r"[\s-]", "", typed).upper().translate(_LOOKALIKES)
        part, check = letters[:-4], letters[-4:]
        if len(part) != (_FIRST if half == "1" else _CHARACTERS - _FIRST) or _check_group(name, part) != check:
            raise VaultError(_("Line {line} of the recovery sheet has a typing mistake.").with_(line=name))
        halves.setdefault((role.upper(), int(number)), {})[int(half)] = part
        days[role.upper(), int(number)] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    keys: dict[tuple[str, int], MasterKey] = {}
    for key, parts in halves.items():
        if len(parts) != 2:
            raise VaultError(_("The recovery sheet lacks a line of {key}.").with_(key=f"{key[0]}-{key[1]}"))
        keys[key] = MasterKey(base64.b32decode(parts[1] + parts[2] + "===="), days[key])
    masters = tuple(keys[key] for key in sorted(keys) if key[0] == "KEY")
    if not masters or ("INDEX", 1) not in keys:
        raise VaultError(_("The recovery sheet is incomplete: it needs the INDEX lines and at least one KEY."))
    named = _SUITE.findall(text)
    suite = named[0].lower() if named and named[0].lower() in SUITES else AES
    return KeyRing(masters, keys["INDEX", 1], suite)


def restore_key_file(path: Path, text: str) -> None:
    """Write the key file anew from a typed recovery sheet. Raises VaultError when a key file is there already."""
    if not write_new_key_file(path, read_recovery_sheet(text)):
        raise VaultError(_("There is a key file at {path} already; move it away first.").with_(path=path))


def _check_group(name: str, part: str) -> str:
    return base64.b32encode(hashlib.sha256(f"{name}:{part}".encode()).digest()[:5]).decode("ascii")[:4]
