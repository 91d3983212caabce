"""Which encoding a text file is in, and that all of it really is: the faulty line is named before any row is read."""

from __future__ import annotations

import codecs
import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from zhike.kernel.words import Words, _
from zhike.records.tabular.shape import TableError

BLOCK = 1024 * 1024
SAMPLE = 64 * 1024
LONGEST_LINE = 4 * 1024 * 1024  # characters

PROVEN = 6
ACCENTS = 4  # how many times more bytes stand alone than in runs in Western European text

FEW_HAN = 4
USUAL_SHARE = 0.6

_HIGH = re.compile(rb"[\x80-\xff]+")
_THREE = re.compile(rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


class WrongEncoding(TableError):
    """Bytes that do not belong to the encoding. ``proven``: by how many bytes the text before was longer than its
    characters; in UTF-8 a few of them leave no doubt, because Chinese text in GB18030 hardly ever is UTF-8 too."""

    def __init__(self, encoding: str, line: int, error: UnicodeDecodeError, proven: int) -> None:
        shown = " ".join(f"{byte:02X}" for byte in error.object[error.start : error.start + 4])
        text = _(
            "This line is not in the encoding {encoding} like those before it (bytes {shown}). Files put together from "
            "several sources mix encodings: save it anew as UTF-8."
        )
        super().__init__(text.with_(encoding=encoding.upper(), shown=shown), row=line, value=shown)
        self.proven = proven


@dataclass(frozen=True, slots=True)
class Encoded:
    """The encoding of a file, under its Python name, how many line ends the file has, and why the guess may be wrong."""

    encoding: str
    lines: int
    doubt: Words | None = None


def detect(path: Path) -> Encoded:
    """The encoding of a text file: by its mark, UTF-16 without one, UTF-8, GB18030 or Western European (cp1252).

    Raises TableError naming the line where the file stops being readable: the guess that reads furthest is taken.
    """
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return checked(path, encoding)
    if b"\0" in sample:
        wide = _wide(sample)
        if wide:
            return checked(path, wide)
    try:
        return checked(path, "utf-8")
    except WrongEncoding as as_utf8:
        if as_utf8.proven >= PROVEN:
            raise
        try:
            found = checked(path, "gb18030")
        except WrongEncoding as as_gb18030:
            raise max(as_utf8, as_gb18030, key=lambda error: error.row or 0) from None
    if _western(path):
        with contextlib.suppress(WrongEncoding):
            return replace(checked(path, "cp1252"), doubt=_doubt_western())
    return replace(found, doubt=_doubt_chinese(path))


def _doubt_western() -> Words:
    return _("This was read as Western European text. If letters look wrong, choose another encoding.")


def _doubt_chinese(path: Path) -> Words | None:
    """Why GB18030 may be the wrong reading: nearly any bytes can be read so. Lines that are good UTF-8 with Chinese
    characters, and characters nobody writes, give it away."""
    with path.open("rb") as stream:
        sample = stream.read(BLOCK)
    for number, line in enumerate(sample.splitlines(), 1):
        if _THREE.search(line) and _is_utf8(line):
            text = _(
                "Line {n} reads like UTF-8, the file as a whole only like GB18030: two encodings may be mixed in it."
            )
            return text.with_(n=number)
    han = [one for one in sample.decode("gb18030", "ignore") if "\u3040" <= one <= "\uf8ff"]
    usual = sum(1 for one in han if _is_usual(one))
    if len(han) >= FEW_HAN and usual < USUAL_SHARE * len(han):
        return _("Read as GB18030 this text has many characters that are hardly ever used. It may be another encoding.")
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_usual(character: str) -> bool:
    """Whether a character is among the 3,755 of the first level of GB2312."""
    coded = character.encode("gb18030")
    return len(coded) == 2 and b"\xb0\xa1" <= coded <= b"\xd7\xf9" and coded[1] >= 0xA1


def checked(path: Path, encoding: str) -> Encoded:
    """The whole file decoded once, strictly. Raises TableError with the line of the first fault: bytes of another
    encoding, a NUL character, or a line of more than :data:`LONGEST_LINE` characters."""
    encoding, decoder = _decoder(encoding)
    lines = length = proven = 0
    last = ""
    with path.open("rb") as stream:
        while True:
            block = stream.read(BLOCK)
            state = decoder.getstate()
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                again = codecs.getincrementaldecoder(encoding)("replace")
                again.setstate(state)
                good = block[: max(error.start - len(state[0]), 0)]
                before = again.decode(good)
                proven += len(good) - len(before)
                raise WrongEncoding(encoding, lines + _line_ends(before, last) + 1, error, proven) from None
            if "\0" in text:
                raise TableError(
                    _("There is a NUL character here: the file is damaged, or not a text file."),
                    row=lines + 1 + _line_ends(text[: text.index("\0")], last),
                )
            proven += len(block) - len(text)
            lines += _line_ends(text, last)
            length = _open_line(text, length)
            if length > LONGEST_LINE:
                raise TableError(
                    _("This line has more than {count} characters. Is this a table?").with_(count=LONGEST_LINE),
                    row=lines + 1,
                )
            last = text[-1:] or last
            if not block:
                return Encoded(encoding, lines)


def _decoder(name: str) -> tuple[str, codecs.IncrementalDecoder]:
    """Python's name of an encoding and a strict decoder. The Chinese standards before GB18030 are parts of it."""
    try:
        encoding = codecs.lookup(name).name
        if encoding in ("gb2312", "gbk"):
            encoding = "gb18030"
        "a".encode(encoding)
        return encoding, codecs.getincrementaldecoder(encoding)("strict")
    except (LookupError, ValueError, TypeError):
        raise TableError(_("There is no encoding called {name}.").with_(name=name)) from None


def _line_ends(text: str, before: str) -> int:
    crossing = before == "\r" and text[:1] == "\n"
    return text.count("\n") + text.count("\r") - text.count("\r\n") - crossing


def _open_line(text: str, length: int) -> int:
    """Characters of the line still open at the end of ``text``; blocks are shorter than a line may be."""
    end = max(text.rfind("\n"), text.rfind("\r"))
    return length + len(text) if end < 0 else len(text) - end - 1


def _wide(sample: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by where the NUL bytes of separators, digits and line ends stand; or ""."""
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        whole = sample[: len(sample) // width * width]
        if len(sample) < SAMPLE and len(whole) != len(sample):
            continue
        try:
            text = codecs.getincrementaldecoder(encoding)("strict").decode(whole)
        except UnicodeDecodeError:
            continue
        wild = sum(1 for one in text if one == "\0" or "\ue000" <= one <= "\uf8ff" or one >= "\U000e0000")
        plain = sum(1 for one in text if one < "\u0100")
        explained = width > 2 or (plain >= whole.count(0) and ("\n" in text or b"\n" not in whole))
        if wild == 0 and explained:
            return encoding
    return ""


def _western(path: Path) -> bool:
    """True when bytes above ASCII stand mostly alone between ASCII letters, as accents do; Chinese ones come in runs."""
    with path.open("rb") as stream:
        runs = _HIGH.findall(stream.read(BLOCK))
    alone = sum(len(run) == 1 for run in runs)
    return alone > ACCENTS * (len(runs) - alone)
