"""Help and usage errors, which need neither data nor Django."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zhike.site.cli import main
from zhike.site.commands.catalogue import SHAPES


def test_help_starts_without_django() -> None:
    code = (
        "import sys; from zhike.site.cli import main; main(['help']); main(['help', 'import']);"
        "sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [shape.name for shape in SHAPES])
def test_every_command_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", *name.split(), "--language", "en"]) == 0
    assert f"zhike {name}" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["help"], ["--help"], ["-h"], ["--language", "en"]])
def test_without_a_command_the_overview_is_shown(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    assert "zhike aggregate" in capsys.readouterr().out


def test_wrong_usage_answers_two_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reed", "--language", "en"]) == 2
    assert "“read”" in capsys.readouterr().err
    assert main(["help", "nonsense"]) == 2
    assert main(["read", "x", "--colums", "y"]) == 2
    assert main(["--colums"]) == 2
    assert main(["--home"]) == 2


def test_a_folder_without_data_is_refused(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    assert main(["read", "account", "--home", str(tmp_path), "--language", "en"]) == 1
    assert "zhike migrate" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
