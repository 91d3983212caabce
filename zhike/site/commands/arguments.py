"""Reading a command line: words, ``--option value`` and ``--option=value``; a value may start with a minus sign."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _


class NotDone(Refused):
    """The command was understood and not carried out."""

    code = "not-done"
    title = _("Nothing was done")


class WrongUsage(Exception):
    """The command line cannot be read; nothing was done (exit code 2)."""

    def __init__(self, text: Words) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Option:
    """One ``--name``: ``takes`` is the placeholder of its value ("" for a switch), ``choices`` its possible values.

    ``least``/``most`` make it a whole number within these bounds.
    """

    name: str
    takes: str
    help: Words
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One positional argument; ``many``: it and all that follow (at least one unless ``optional``)."""

    name: str
    help: Words
    optional: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a command looks like: its name (one or two words), summary, words, options and examples."""

    name: str
    summary: Words
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    needs_data: bool = True  # works only on a home that already holds a database
    file: str = ""  # the module in this folder that runs it, when it is not called like the first word

    @property
    def module(self) -> str:
        """The module that runs it: ``run(given, home) -> exit code``."""
        return f"zhike.site.commands.{self.file or self.name.split()[0]}"

    @property
    def usage(self) -> str:
        """The form as one line: ``zhike read OBJECT [--where FILTER]``."""
        parts = ["zhike", self.name]
        for word in self.words:
            text = word.name + ("…" if word.many else "")
            parts.append(f"[{text}]" if word.optional else text)
        parts += [f"[{option.name} {option.takes}]" if option.takes else f"[{option.name}]" for option in self.options]
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Given:
    """A command line that was read: ``words`` by name (a list for ``many``), ``options`` by name without dashes."""

    shape: Shape
    words: dict[str, str | list[str]] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """One positional argument, "" when it was left out."""
        found = self.words.get(name, "")
        return found if isinstance(found, str) else " ".join(found)

    def many(self, name: str) -> list[str]:
        """A repeated positional argument."""
        found = self.words.get(name, [])
        return [found] if isinstance(found, str) else found

    def text(self, name: str, otherwise: str = "") -> str:
        """The value of an option, or ``otherwise``."""
        return self.options.get(name, otherwise)

    def number(self, name: str, otherwise: int) -> int:
        """The value of an option with bounds (checked while reading)."""
        return int(self.options[name]) if name in self.options else otherwise

    def list(self, name: str) -> tuple[str, ...]:
        """The comma-separated value of an option, without blanks."""
        return tuple(part.strip() for part in self.options.get(name, "").split(",") if part.strip())

    def has(self, name: str) -> bool:
        """Whether a switch or option was given."""
        return name in self.options


def did_you_mean(wrong: str, known: Iterable[str]) -> Words:
    """ "Did you mean …?" for a near miss, else empty words."""
    near = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return _("Did you mean “{name}”?").with_(name=near[0]) if near else Words("")


def _unknown(text: Words, wrong: str, known: Iterable[str]) -> WrongUsage:
    hint = did_you_mean(wrong, known)
    return WrongUsage(_("{problem} {hint}").with_(problem=text, hint=hint) if hint else text)


def find_shape(
    argv: Sequence[str], shapes: Sequence[Shape], common: Sequence[Option]
) -> tuple[Shape | None, list[str]]:
    """The command named in ``argv`` and the remaining arguments; (None, …) when no command is named.

    Common options may stand before the command. Raises WrongUsage for an unknown command.
    """
    takes = {option.name: bool(option.takes) for option in common}
    rest = list(argv)
    at = 0
    while at < len(rest) and rest[at].startswith("-"):
        at += 2 if "=" not in rest[at] and takes.get(rest[at], False) else 1
    if at >= len(rest):
        return None, rest
    by_name = {shape.name: shape for shape in shapes}
    two = " ".join(rest[at : at + 2])
    if two in by_name:
        return by_name[two], rest[:at] + rest[at + 2 :]
    first = rest[at]
    if first in by_name:
        return by_name[first], rest[:at] + rest[at + 1 :]
    below = [name for name in by_name if name.startswith(first + " ")]
    if below:
        wrong = two.strip()
        text = _("“zhike {name}” needs one of: {choices}.").with_(
            name=first, choices=", ".join(name.split()[1] for name in below)
        )
        raise _unknown(text, wrong, below if wrong != first else ())
    raise _unknown(_("There is no command called “{name}”.").with_(name=first), first, {n.split()[0] for n in by_name})


def read_arguments(shape: Shape, argv: Sequence[str], common: Sequence[Option]) -> Given:
    """Sort ``argv`` (without the command itself) into words and options. Raises WrongUsage."""
    known = {option.name: option for option in (*shape.options, *common)}
    options: dict[str, str] = {}
    loose: list[str] = []
    rest = list(argv)
    while rest:
        one = rest.pop(0)
        if one == "--":
            loose += rest
            break
        if one == "-" or not one.startswith("-"):
            loose.append(one)
            continue
        name, equals, value = one.partition("=")
        option = known.get(name)
        if option is None:
            raise _unknown(_("There is no option “{name}” here.").with_(name=name), name, known)
        key = name.lstrip("-")
        if key in options:
            raise WrongUsage(_("The option “{name}” was given twice.").with_(name=name))
        if not option.takes:
            if equals:
                raise WrongUsage(_("The option “{name}” takes no value.").with_(name=name))
            options[key] = "yes"
            continue
        if not equals:
            if not rest or rest[0] in known:
                raise WrongUsage(
                    _("The option “{name}” needs a value: {name} {takes}").with_(name=name, takes=option.takes)
                )
            value = rest.pop(0)
        options[key] = _checked(option, value)
    return Given(shape, _sorted_words(shape, loose), options)


def _checked(option: Option, value: str) -> str:
    if option.choices and value not in option.choices:
        text = _("{name} is one of {choices}, not “{value}”.").with_(
            name=option.name, choices=", ".join(option.choices), value=value
        )
        raise _unknown(text, value, option.choices)
    if option.least is not None or option.most is not None:
        digits = value.removeprefix("-")
        number = int(value) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
        low, high = option.least, option.most
        if number is None or (low is not None and number < low) or (high is not None and number > high):
            limits = f"{low}–{high}" if high is not None else f"≥ {low}"
            text = _("{name} is a whole number ({limits}), not “{value}”.")
            raise WrongUsage(text.with_(name=option.name, limits=limits, value=value))
    return value


def _sorted_words(shape: Shape, loose: list[str]) -> dict[str, str | list[str]]:
    words: dict[str, str | list[str]] = {}
    for word in shape.words:
        if word.many:
            if not loose and not word.optional:
                raise WrongUsage(_("{name} is missing: {usage}").with_(name=word.name, usage=shape.usage))
            words[word.name], loose = loose, []
        elif loose:
            words[word.name] = loose.pop(0)
        elif not word.optional:
            raise WrongUsage(_("{name} is missing: {usage}").with_(name=word.name, usage=shape.usage))
    if loose:
        raise WrongUsage(_("“{word}” is too much here: {usage}").with_(word=loose[0], usage=shape.usage))
    return words
