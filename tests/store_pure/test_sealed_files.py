"""Sealed files: any size comes back, nothing can be cut, moved or changed unnoticed."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.store.sealed_file import FRAME, MAGIC, SALT, TAG
from zhike.store.vault import Vault, VaultError

HEAD = len(MAGIC) + 1 + SALT
SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 17]


@pytest.fixture(scope="module")
def vault(tmp_path_factory) -> Vault:
    return Vault(tmp_path_factory.mktemp("home") / "zhike.key")


@pytest.fixture(scope="module")
def wrapped(vault) -> str:
    return vault.new_data_key()


def content(size: int) -> bytes:
    return bytes(range(251)) * (size // 251 + 1) if size > 251 else bytes(range(size))


def sealed(vault: Vault, wrapped: str, data: bytes) -> bytes:
    out = io.BytesIO()
    assert vault.encrypt_file(wrapped, [data], out) == len(data)
    return out.getvalue()


def opened(vault: Vault, wrapped: str, data: bytes) -> bytes:
    return b"".join(vault.decrypt_file(wrapped, io.BytesIO(data)))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_comes_back(vault, wrapped, size):
    data = content(size)[:size]
    assert opened(vault, wrapped, sealed(vault, wrapped, data)) == data


@settings(max_examples=40)
@given(pieces=st.lists(st.integers(min_value=0, max_value=2 * FRAME), max_size=5))
def test_it_does_not_matter_in_which_pieces_a_file_arrives(vault, wrapped, pieces):
    chunks = [bytes([n % 256]) * size for n, size in enumerate(pieces)]
    out = io.BytesIO()
    assert vault.encrypt_file(wrapped, iter(chunks), out) == sum(pieces)
    assert opened(vault, wrapped, out.getvalue()) == b"".join(chunks)


@pytest.mark.parametrize("size", SIZES)
def test_a_cut_file_is_refused_wherever_it_is_cut(vault, wrapped, size):
    whole = sealed(vault, wrapped, content(size)[:size])
    frames = range(HEAD, len(whole), FRAME + TAG)
    cuts = {
        0,
        1,
        HEAD - 1,
        HEAD,
        HEAD + 1,
        len(whole) - 1,
        *frames,
        *(cut - 1 for cut in frames),
        *(cut + 1 for cut in frames),
    }
    for cut in sorted(cut for cut in cuts if 0 <= cut < len(whole)):
        with pytest.raises(VaultError):
            opened(vault, wrapped, whole[:cut])


def test_lengthened_reordered_and_repeated_frames_are_refused(vault, wrapped):
    whole = sealed(vault, wrapped, content(3 * FRAME)[: 3 * FRAME])
    head, frames = whole[:HEAD], [whole[at : at + FRAME + TAG] for at in range(HEAD, len(whole), FRAME + TAG)]
    assert len(frames) == 3
    for changed in (
        [*frames, b"x"],
        [*frames, frames[2]],
        [frames[1], frames[0], frames[2]],
        [frames[0], frames[0], frames[2]],
        [frames[2]],
        [frames[0], frames[1], frames[2][:-1] + bytes([frames[2][-1] ^ 1])],
    ):
        with pytest.raises(VaultError):
            opened(vault, wrapped, head + b"".join(changed))


def test_frames_of_two_files_under_one_key_cannot_be_mixed(vault, wrapped):
    data = content(2 * FRAME)[: 2 * FRAME]
    one, two = sealed(vault, wrapped, data), sealed(vault, wrapped, data)
    with pytest.raises(VaultError):
        opened(vault, wrapped, one[: HEAD + FRAME + TAG] + two[HEAD + FRAME + TAG :])


def test_nothing_unchecked_is_given_out(vault, wrapped):
    whole = bytearray(sealed(vault, wrapped, content(3 * FRAME)[: 3 * FRAME]))
    whole[HEAD + FRAME + TAG + 5] ^= 1
    pieces = vault.decrypt_file(wrapped, io.BytesIO(bytes(whole)))
    assert len(next(pieces)) == FRAME
    with pytest.raises(VaultError, match=str(FRAME)):
        next(pieces)


def test_another_data_key_does_not_open_it(vault, wrapped):
    with pytest.raises(VaultError, match="another key"):
        opened(vault, vault.new_data_key(), sealed(vault, wrapped, b"secret"))


def test_the_content_does_not_show(vault, wrapped):
    assert b"13800001234" not in sealed(vault, wrapped, b"13800001234" * 1000)


def test_a_source_that_answers_little_at_a_time_is_read_whole(vault, wrapped):
    class Slow(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.data = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self.data.read(min(size, 1000))

    data = content(2 * FRAME)[: 2 * FRAME]
    assert b"".join(vault.decrypt_file(wrapped, Slow(sealed(vault, wrapped, data)))) == data


def test_a_large_file_needs_little_memory(vault, wrapped, tmp_path: Path):
    path = tmp_path / "sealed"

    def chunks() -> Iterator[bytes]:
        for _ in range(256):
            yield bytes(128 * 1024)

    tracemalloc.start()
    with path.open("wb") as out:
        size = vault.encrypt_file(wrapped, chunks(), out)
    with path.open("rb") as source:
        assert sum(map(len, vault.decrypt_file(wrapped, source))) == size == 32 * 1024 * 1024
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024
