"""The ``zhike`` command: finds the command, sets up its home and actor, runs it, and turns refusals into exit codes.

0 done · 1 refused, with reasons on the error stream · 2 wrong usage.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import zhike
from zhike.kernel.errors import BadQuery, NoRoom, Refused, out_of_room
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _, speak
from zhike.site import languages
from zhike.site.commands.arguments import Given, NotDone, Shape, WrongUsage, find_shape, read_arguments
from zhike.site.commands.catalogue import COMMON, SHAPES
from zhike.site.commands.output import width

DONE, REFUSED, WRONG = 0, 1, 2
ALONE = ("restore", "import --all", "move", "move files")  # nobody else may be at work in the home meanwhile
home_module = LazyModule("zhike.site.home")
inside_module = LazyModule("zhike.site.inside")
sqlite = LazyModule("zhike.site.sqlite")
psycopg = LazyModule("psycopg")
django_db = LazyModule("django.db")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; answers the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    languages.install()
    speak(_language_of(arguments))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _run(arguments)
    except WrongUsage as error:
        _complain(str(error.text))
        return WRONG
    except Refused as error:
        _explain(error)
        return REFUSED
    except BrokenPipeError:
        sys.stderr.close()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        _complain(str(_("Stopped.")))
        return 130


def _run(arguments: list[str]) -> int:
    if arguments[:1] in (["--version"], ["version"]):
        print(f"zhike {zhike.__version__}")
        return DONE
    arguments = ["--help" if one == "-h" else one for one in arguments]
    shape, rest = find_shape(arguments, SHAPES, COMMON)
    if shape is None:
        read_arguments(SHAPES[-1], rest, COMMON)
        return _help([])
    if shape is SHAPES[-1]:
        asked = read_arguments(shape, rest, COMMON)
        return _help([*asked.many("COMMAND"), *(["--all"] if asked.has("all") else [])])
    if "--help" in rest:
        print(explained(shape), end="")
        return DONE
    given = read_arguments(shape, rest, COMMON)
    return run_command(given)


def run_command(given: Given) -> int:
    """Set the home up and run the command that was read; answers its exit code."""
    home = home_folder(given)
    if given.shape.needs_data and not _holds_data(home):
        text = _("There is no Zhike data in {home}. Make it with “zhike migrate” or “zhike serve”.")
        raise NotDone(text.with_(home=home.path))
    home_module.configure(home)
    command: Any = importlib.import_module(given.shape.module)
    speak(given.text("language") or _language_of([]))
    try:
        with inside_module.inside(home.path, alone=given.shape.name in ALONE):
            return int(command.run(given, home.path) or DONE)
    except (django_db.OperationalError, OSError) as error:
        if out_of_room(error):
            raise NoRoom() from error
        if isinstance(error, OSError):
            raise
        raise _no_answer(error) from error


def _holds_data(home: Any) -> bool:
    try:
        return home.path.is_dir() and not home.is_new()
    except (sqlite.dbapi2.Error, psycopg.Error) as error:
        raise _no_answer(error) from error


def _no_answer(error: Exception) -> NotDone:
    return NotDone(_("The database did not answer: {reason}").with_(reason=str(error).strip()))


def home_folder(given: Given) -> Any:
    """The home of ``--home``, else of ``ZHIKE_HOME``, else ``home`` in the current folder."""
    if given.has("home"):
        os.environ["ZHIKE_HOME"] = given.text("home")
    return home_module.Home.here()


def _help(names: Sequence[str]) -> int:
    """Overview, or one command in full."""
    if not names:
        print(overview(), end="")
        return DONE
    wanted = " ".join(names)
    matching = [shape for shape in SHAPES if shape.name == wanted or shape.name.split()[0] == wanted]
    if not matching:
        find_shape(list(names), SHAPES, COMMON)
        raise WrongUsage(_("There is no command called “{name}”.").with_(name=wanted))
    print("\n".join(explained(shape) for shape in matching), end="")
    return DONE


def overview() -> str:
    """All commands with one line each."""
    wide = max(len(shape.name) for shape in SHAPES)
    lines = [str(_("Zhike 知客 {version}: a CRM for your own machine.").with_(version=zhike.__version__)), ""]
    lines += [f"  zhike {shape.name.ljust(wide)}  {shape.summary}" for shape in SHAPES]
    lines += ["", str(_("zhike help COMMAND explains one. Everywhere: {options}.")
              .with_(options=" ".join(one.name for one in COMMON)))]  # fmt: skip
    return "\n".join(lines) + "\n"


def explained(shape: Shape) -> str:
    """One command in full: its form, words, options, examples."""
    lines = [f"{shape.summary}.", "", f"  {shape.usage}", ""]
    rows = [(word.name, word.help) for word in shape.words]
    for option in (*shape.options, *COMMON):
        takes = "|".join(option.choices) or option.takes
        rows.append((f"{option.name} {takes}".strip(), option.help))
    wide = max(len(name) for name, _help_text in rows)
    lines += [f"  {name.ljust(wide)}  {text}" for name, text in rows]
    for example in shape.examples:
        lines += ["", f"  $ {example}"]
    return "\n".join(lines) + "\n"


def _language_of(arguments: Sequence[str]) -> str:
    """The language asked for: ``--language``, ZHIKE_LANGUAGE, or the terminal's; else Chinese."""
    for at, one in enumerate(arguments):
        if one == "--language" and arguments[at + 1 : at + 2] in (["en"], ["zh-hans"]):
            return arguments[at + 1]
        if one in ("--language=en", "--language=zh-hans"):
            return one.partition("=")[2]
    said = os.environ.get("ZHIKE_LANGUAGE", "")
    if said in ("en", "zh-hans"):
        return said
    terminal = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if terminal.lower().startswith("en") else "zh-hans"


def _complain(text: str) -> None:
    print(f"zhike: {text}", file=sys.stderr)


def _explain(error: Refused) -> None:
    """A refusal on the error stream: its title, then each problem on a line; a filter error points at its place."""
    _complain(str(error.title))
    if isinstance(error, BadQuery) and error.position is not None and error.source:
        before = error.source[: error.position]
        importlib.import_module("zhike.site.commands.output")
        print(f"  {error.source}\n  {' ' * width(before)}^", file=sys.stderr)
    for problem in error.problems:
        place = f"{problem.field}: " if problem.field and not isinstance(error, BadQuery) else ""
        text: Words | str = problem.text
        print(f"  {place}{text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
