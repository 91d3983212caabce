"""What deploy/ says of the program is so: its commands are understood, its settings known, its addresses answer."""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.files import ROOT, project_files, short_name
from zhike.site import probes
from zhike.site.commands.arguments import find_shape, read_arguments
from zhike.site.commands.catalogue import COMMON, SHAPES
from zhike.site.home import DATABASE, HOME

pytestmark = pytest.mark.sqlite

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
GUIDES = sorted((ROOT / "docs" / "guide").rglob("installing.md"))
COMPOSE = sorted((DEPLOY / "compose").glob("*.yaml"))
CHART = DEPLOY / "helm" / "zhike"
TEMPLATES = sorted((CHART / "templates").iterdir())
PORT = "8000"
OWN_IMAGES = {"zhike", "zhike-pool"}


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def yaml_of(path: Path) -> Any:
    return yaml.safe_load(text_of(path))


def services() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in COMPOSE:
        whole = yaml_of(path)
        for name, service in whole["services"].items():
            yield f"{path.name}: {name}", service, whole


def units() -> Iterator[tuple[str, configparser.ConfigParser]]:
    for path in sorted((DEPLOY / "systemd").rglob("*.*")):
        if path.is_file():
            unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
            unit.optionxform = str  # type: ignore[assignment,method-assign]
            unit.read_string(text_of(path))
            yield path.name, unit


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every command line of Zhike's in deploy/ and in the pages that tell of it."""
    for name, service, _whole in services():
        if service.get("image") == "zhike":
            yield name, service["command"]
    for name, unit in units():
        if unit.has_option("Service", "ExecStart"):
            program, *words = shlex.split(unit["Service"]["ExecStart"])
            assert program.endswith("/bin/zhike"), name
            yield name, words
    image = text_of(DEPLOY / "Containerfile")
    assert 'ENTRYPOINT ["zhike"]' in image
    for words in re.findall(r"^CMD \[(.*)\]$", image, re.MULTILINE):
        yield "Containerfile", [one.strip(' "') for one in words.split(",")]
    for path in TEMPLATES:
        for words in re.findall(r"^ *args: \[(.*)\]$", text_of(path), re.MULTILINE):
            plain = re.sub(r"\{\{.*?\}\}", "1", words)
            yield path.name, [one.strip(' "') for one in plain.split(",")]
    for path in GUIDES:
        for block in re.findall(r"^```sh\n(.*?)^```", text_of(path), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                at = [
                    place
                    for place, one in enumerate(words)
                    if one.endswith("/bin/zhike") or (place, one) == (0, "zhike")
                ]
                if at:
                    yield short_name(path), list(takewhile(lambda one: one[0] not in ">&|", words[at[0] + 1 :]))


def test_there_is_something_to_check() -> None:
    assert len(FILES) > 20
    assert len(list(command_lines())) > 12
    assert GUIDES


def test_every_command_is_one_the_program_understands() -> None:
    for name, words in command_lines():
        shape, rest = find_shape(words, SHAPES, COMMON)
        assert shape is not None, (name, words)
        read_arguments(shape, rest, COMMON)


def test_every_setting_is_one_the_program_reads() -> None:
    options = {
        one.upper()
        for path in project_files()
        if short_name(path).startswith("zhike/") and path.suffix == ".py"
        for one in re.findall(r'\boption\("([a-z_]+)"', text_of(path))
    }
    known = {HOME, DATABASE, "ZHIKE_LANGUAGE", *(f"ZHIKE_{one}" for one in options)}
    for path in [*FILES, *GUIDES]:
        named = set(re.findall(r"\bZHIKE_[A-Z_]*[A-Z]\b", text_of(path)))
        assert named <= known, (short_name(path), named - known)


def test_probes_ask_the_addresses_there_are_at_the_port_that_is_served() -> None:
    for path in FILES:
        asked = set(re.findall(r"(?<![\w/])(?:127\.0\.0\.1:8000)?(/health[a-z/]*)", text_of(path)))
        assert asked <= {probes.ALIVE, probes.READY}, short_name(path)
    assert f"http://127.0.0.1:{PORT}{probes.READY}" in text_of(DEPLOY / "Containerfile")
    for name, words in command_lines():
        if words[0] == "serve" and "--port" in words:
            assert words[words.index("--port") + 1] == PORT, name


def test_every_unit_of_systemd_is_locked_in() -> None:
    found = dict(units())
    assert all(name.startswith("zhike-") or name == "hardened.conf" for name in found)
    locked = found["hardened.conf"]["Service"]
    assert (locked["ProtectSystem"], locked["NoNewPrivileges"], locked["User"]) == ("strict", "yes", "zhike")


def test_services_of_compose_name_what_is_there_and_ours_can_write_only_their_home() -> None:
    for name, service, whole in services():
        assert set(service.get("depends_on", ())) <= set(whole["services"]), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            place = (DEPLOY / "compose" / source).exists() if source.startswith(".") else source in whole["volumes"]
            assert place, (name, volume)
        image = service["image"]
        assert "/" not in image, (name, "names a registry")
        assert image in OWN_IMAGES or re.fullmatch(r"[a-z]+:\d+", image), (name, image)
        if image in OWN_IMAGES:
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert (DEPLOY / "compose" / service["build"]["context"] / service["build"]["dockerfile"]).exists(), name
    promised = set(re.findall(r"^(\w+)=", text_of(DEPLOY / "compose" / "example.env"), re.MULTILINE))
    for path in COMPOSE:
        assert set(re.findall(r"\$\{(\w+)", text_of(path))) <= promised, path.name


def test_the_chart_uses_values_there_are_and_parts_it_defines() -> None:
    values = yaml_of(CHART / "values.yaml")
    whole = "\n".join(map(text_of, TEMPLATES))
    for path in set(re.findall(r"\.Values\.([\w.]+)", whole)):
        found = values
        for part in path.split("."):
            assert part in found, f"values.yaml lacks {path}"
            found = found[part]
    assert set(re.findall(r'include "([\w.]+)"', whole)) == set(re.findall(r'define "([\w.]+)"', whole))
    for path in TEMPLATES:
        words = re.findall(r"\{\{-? *(if|with|range|define|end)\b", text_of(path))
        assert words.count("end") * 2 == len(words), path.name
    for path in (CHART / "Chart.yaml", DEPLOY / "patroni" / "patroni.yml"):
        assert yaml_of(path)
