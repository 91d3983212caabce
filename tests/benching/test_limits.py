"""A bench that is beyond what its declaration allows fails, and says by how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import bench
from tools.benching.benches import BENCHES
from tools.benching.measure import Figures, late

pytestmark = pytest.mark.sqlite
LIST = BENCHES["list"]


def _measuring(ours: dict[int, float]) -> bench.Measuring:
    """As if the list had cost so much at each size, and its raw work one millisecond."""

    def measured(_home: Path, _database: str, size: int, names: list[str]) -> dict[str, Figures]:
        return {name: Figures(ours[size], 1.0, ours[size], ours[size]) for name in names}

    return measured


def _run(ours: dict[int, float]) -> int:
    sizes = ",".join(str(one) for one in ours)
    return bench.main(["--bench", "list", "--size", sizes, "--database", "sqlite"], _measuring(ours))


def test_a_bench_within_its_limits_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run({1_000_000: LIST.ratio}) == 0
    assert "1,000,000 accounts" in capsys.readouterr().out


def test_a_bench_beyond_its_ratio_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run({1_000_000: LIST.ratio + 1}) == 1
    assert f"sqlite: list: {LIST.ratio + 1:.1f} × the raw work, at most {LIST.ratio:g}" in capsys.readouterr().err


def test_a_bench_that_grows_beyond_its_limit_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run({10_000: 10.0, 1_000_000: 10.0 * LIST.growth + 1}) == 1
    assert "grew 1.40 times, at most 1.3" in capsys.readouterr().err


def test_a_name_that_is_no_bench_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--bench", "lst"]) == 2
    assert "list_api" in capsys.readouterr().err


def test_a_bench_is_asked_for_together_with_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def measured(_home: Path, _database: str, _size: int, names: list[str]) -> dict[str, Figures]:
        asked.extend(names)
        return {name: Figures(1.0, 1.0, 1.0, 1.0) for name in names}

    assert bench.main(["--bench", "import,seal", "--size", "10", "--database", "sqlite"], measured) == 0
    stages = "decode map validate resolve encrypt insert duplicates log search".split()
    assert {"import", "import.undo", "seal", *(f"import.{one}" for one in stages)} <= set(asked)
    assert "create" not in asked
    assert "import.decode" in capsys.readouterr().out


def test_the_slowest_of_twenty() -> None:
    assert late([float(one) for one in range(1, 22)]) == 20.0
    assert late([3.0]) == 3.0
