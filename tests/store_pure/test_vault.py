"""The vault: what is sealed opens only where it was sealed, and nothing of it shows."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.schema.kinds.base import Sealer
from zhike.store.ciphers import SM4_GCM, suite_works
from zhike.store.keyfile import read_key_file
from zhike.store.vault import (
    RecordSealer,
    Vault,
    VaultError,
    add_master_key,
    drop_master_key,
    open_to_others,
    recovery_sheet,
    restore_key_file,
    write_new_key_file,
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "zhike.key"
    assert write_new_key_file(path)
    return path


@pytest.fixture(scope="module")
def shared_vault(tmp_path_factory) -> Vault:
    return Vault(tmp_path_factory.mktemp("home") / "zhike.key")


def sealed_by(vault: Vault, record: int = 7, wrapped: str | None = None) -> RecordSealer:
    return vault.sealer(record, wrapped or vault.new_data_key())


def test_a_record_sealer_is_what_kinds_ask_for(shared_vault):
    sealer: Sealer = sealed_by(shared_vault)
    assert sealer.open("phone", sealer.seal("phone", "13800001234")) == "13800001234"


@given(text=st.text(), field=st.text(min_size=1, max_size=20), record=st.integers(min_value=1, max_value=2**53))
def test_every_text_comes_back_as_it_went_in(shared_vault, text, field, record):
    sealer = sealed_by(shared_vault, record)
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert sealer.open(field, sealer.seal(field, text)) == text


def test_sealing_twice_never_shows_that_two_values_are_equal(shared_vault):
    sealer = sealed_by(shared_vault)
    envelopes = {sealer.seal("phone", "13800001234") for _ in range(500)}
    assert len(envelopes) == 500
    assert not any("13800001234" in envelope for envelope in envelopes)


def test_an_envelope_names_its_version_and_key_and_is_one_plain_word(shared_vault):
    version, key, body = sealed_by(shared_vault).seal("phone", "13800001234").split(".")
    assert version == "v1"
    assert len(key) == 6
    assert set(body) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_an_envelope_moved_to_another_record_or_field_does_not_open(shared_vault):
    wrapped = shared_vault.new_data_key()
    envelope = shared_vault.sealer(7, wrapped).seal("phone", "13800001234")
    with pytest.raises(VaultError, match="another record or field"):
        shared_vault.sealer(8, wrapped).open("phone", envelope)
    with pytest.raises(VaultError, match="another record or field"):
        shared_vault.sealer(7, wrapped).open("mobile", envelope)


def test_an_envelope_of_another_data_key_says_which_key_it_needs(shared_vault):
    envelope = sealed_by(shared_vault).seal("phone", "1")
    with pytest.raises(VaultError, match=envelope.split(".")[1]):
        sealed_by(shared_vault).open("phone", envelope)


@pytest.mark.parametrize("text", ["", "13800001234", "v1.", "v1.abcdef.", "v2.abcdef.AAAA", "v1.abcdef.\u534e"])
def test_text_that_is_no_envelope_is_refused_in_words(shared_vault, text):
    with pytest.raises(VaultError):
        sealed_by(shared_vault).open("phone", text)


def test_every_changed_character_of_an_envelope_is_noticed(shared_vault):
    sealer = sealed_by(shared_vault)
    envelope = sealer.seal("phone", "13800001234")
    raw = bytearray(base64.urlsafe_b64decode(envelope.split(".")[2] + "=="))
    for position in range(len(raw)):
        raw[position] ^= 1
        changed = envelope[:10] + base64.urlsafe_b64encode(raw).decode().rstrip("=")
        with pytest.raises(VaultError):
            sealer.open("phone", changed)
        raw[position] ^= 1


def test_a_blind_index_is_equal_across_records_and_differs_by_purpose_text_and_home(shared_vault, key_file):
    one, other = sealed_by(shared_vault, 1), sealed_by(shared_vault, 2)
    index = one.index("phone.whole", "13800001234")
    assert other.index("phone.whole", "13800001234") == index == shared_vault.index("phone.whole", "13800001234")
    assert len(base64.urlsafe_b64decode(index + "==")) == 16
    others = {
        one.index("phone.tail", "13800001234"),
        one.index("phone.whole", "13800001235"),
        Vault(key_file).index("phone.whole", "13800001234"),
    }
    assert index not in others
    assert len(others) == 3


def test_rotation_wraps_anew_and_leaves_envelopes_and_indexes(key_file):
    before = Vault(key_file)
    old_id = before.master_id
    wrapped = before.new_data_key()
    envelope = before.sealer(7, wrapped).seal("phone", "13800001234")
    index = before.index("phone.whole", "13800001234")
    new_id = add_master_key(key_file)
    after = Vault(key_file)
    assert after.master_id == new_id != old_id
    assert before.master_id == new_id  # a running process notices
    assert after.sealer(7, wrapped).open("phone", envelope) == "13800001234"
    rewrapped = after.rewrap(wrapped)
    assert rewrapped != wrapped
    assert after.wrapped_under(rewrapped) == new_id
    assert after.rewrap(rewrapped) == rewrapped
    drop_master_key(key_file, old_id)
    last = Vault(key_file)
    assert last.sealer(7, rewrapped).open("phone", envelope) == "13800001234"
    assert last.index("phone.whole", "13800001234") == index
    with pytest.raises(VaultError, match=old_id):
        last.sealer(7, wrapped)


@pytest.mark.skipif(not suite_works(SM4_GCM), reason="this OpenSSL has no SM4")
def test_what_one_cipher_sealed_opens_after_the_other_was_chosen(key_file):
    vault = Vault(key_file)
    wrapped = vault.new_data_key()
    envelope = vault.sealer(7, wrapped).seal("phone", "13800001234")
    add_master_key(key_file, SM4_GCM)
    sheet = recovery_sheet(key_file)
    moved = vault.rewrap(wrapped)
    sealer = vault.sealer(7, moved)
    fresh = sealer.seal("phone", "13800001234")
    assert (wrapped[:3], moved[:3], envelope[:3], fresh[:3]) == ("w1.", "w2.", "v1.", "v2.")
    assert sealer.open("phone", envelope) == sealer.open("phone", fresh) == "13800001234"
    assert vault.sealer(7, wrapped).open("phone", fresh) == "13800001234"
    with pytest.raises(VaultError):
        sealer.open("phone", "v1" + fresh[2:])
    with pytest.raises(VaultError):
        vault.sealer(8, moved).open("phone", fresh)
    key_file.unlink()
    restore_key_file(key_file, sheet)
    assert Vault(key_file).new_data_key().startswith("w2.")
    assert Vault(key_file).sealer(7, wrapped).open("phone", envelope) == "13800001234"


def test_the_current_master_key_cannot_be_dropped(key_file):
    with pytest.raises(VaultError, match="current"):
        drop_master_key(key_file, Vault(key_file).master_id)
    with pytest.raises(VaultError, match="deadbeef"):
        drop_master_key(key_file, "deadbeef")
    assert Vault(key_file).new_data_key()


def test_another_companys_key_file_opens_nothing_and_says_so(key_file, tmp_path):
    wrapped = Vault(key_file).new_data_key()
    with pytest.raises(VaultError, match="Put back the key file"):
        Vault(tmp_path / "other.key").sealer(7, wrapped)


@pytest.mark.parametrize("wrapped", ["", "w1", "w1.", "w2.aaaa.bbbb", "gone"])
def test_a_destroyed_data_key_is_told_apart(shared_vault, wrapped):
    with pytest.raises(VaultError):
        shared_vault.sealer(7, wrapped)


def test_a_damaged_wrapped_key_is_refused(shared_vault):
    wrapped = shared_vault.new_data_key()
    swapped = "A" if wrapped[-5] != "A" else "B"
    with pytest.raises(VaultError, match="damaged"):
        shared_vault.sealer(7, wrapped[:-5] + swapped + wrapped[-4:])


def test_unwrapped_keys_are_kept_and_forgotten_on_demand(shared_vault):
    wrapped = shared_vault.new_data_key()
    shared_vault.sealer(7, wrapped)
    hits = shared_vault._data_key.cache_info().hits
    shared_vault.sealer(8, wrapped)
    assert shared_vault._data_key.cache_info().hits == hits + 1
    shared_vault.forget()
    assert shared_vault._data_key.cache_info().currsize == 0


def test_the_key_file_is_for_the_owner_alone(key_file):
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert not open_to_others(key_file)
    key_file.chmod(0o640)
    assert open_to_others(key_file)
    add_master_key(key_file)
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_key_file_is_never_overwritten_by_a_new_one(key_file):
    before = key_file.read_bytes()
    assert not write_new_key_file(key_file)
    assert key_file.read_bytes() == before
    assert [path.name for path in key_file.parent.iterdir()] == ["zhike.key"]


def test_many_servers_starting_at_once_agree_on_one_key(tmp_path):
    path = tmp_path / "zhike.key"
    started = threading.Barrier(8)
    seen: list[str] = []

    def start() -> None:
        started.wait()
        seen.append(Vault(path).master_id)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1


def test_a_missing_key_file_is_not_silently_replaced_when_values_exist(tmp_path):
    with pytest.raises(VaultError, match="missing"):
        Vault(tmp_path / "zhike.key", make=False)
    assert not (tmp_path / "zhike.key").exists()


def test_a_damaged_key_file_names_the_line(key_file):
    lines = key_file.read_text().splitlines()
    place = lines[3].index(" ", 5) + 3
    lines[3] = lines[3][:place] + ("A" if lines[3][place] != "A" else "B") + lines[3][place + 1 :]
    key_file.write_text("\n".join(lines))
    with pytest.raises(VaultError, match="line 4"):
        Vault(key_file)


@pytest.mark.parametrize(
    "content", ["", "hello", "zhike-key 2\n", "zhike-key 1\n", "zhike-key 1\nkey 12345678 AAAA 2026-01-01\n"]
)
def test_a_file_that_is_no_key_file_is_refused(tmp_path, content):
    path = tmp_path / "zhike.key"
    path.write_text(content)
    with pytest.raises(VaultError):
        Vault(path)


def typed_carelessly(line: str) -> str:
    name, colon, groups = line.partition(":")
    return (
        " "
        + name.lower()
        + colon
        + groups.lower().replace("o", "0").replace("i", "1").replace("b", "8").replace(" ", "-")
    )


def test_the_printed_sheet_restores_the_same_keys_even_typed_carelessly(key_file, tmp_path):
    add_master_key(key_file)
    typed = "\n".join(map(typed_carelessly, recovery_sheet(key_file).splitlines()[5:-2]))
    copy = tmp_path / "copy.key"
    restore_key_file(copy, typed)
    assert read_key_file(copy) == read_key_file(key_file)
    assert len(read_key_file(copy).masters) == 2
    with pytest.raises(VaultError, match="already"):
        restore_key_file(copy, typed)


def test_every_mistyped_letter_of_the_sheet_is_found_in_its_line(key_file, tmp_path):
    sheet = recovery_sheet(key_file).splitlines()
    number = next(n for n, line in enumerate(sheet) if line.startswith("KEY-1-2"))
    name, groups = sheet[number].split(":")
    for position, letter in enumerate(groups):
        if letter == " ":
            continue
        wrong = groups[:position] + ("C" if letter != "C" else "D") + groups[position + 1 :]
        typed = "\n".join([*sheet[:number], f"{name}:{wrong}", *sheet[number + 1 :]])
        with pytest.raises(VaultError, match="KEY-1-2"):
            restore_key_file(tmp_path / "copy.key", typed)
    assert not (tmp_path / "copy.key").exists()


def test_a_sheet_with_a_line_missing_says_what_lacks(key_file, tmp_path):
    sheet = recovery_sheet(key_file).splitlines()
    for name, said in [("KEY-1-2", "KEY-1"), ("INDEX-1-1", "INDEX-1")]:
        typed = "\n".join(line for line in sheet if not line.startswith(name))
        with pytest.raises(VaultError, match=said):
            restore_key_file(tmp_path / "copy.key", typed)
    with pytest.raises(VaultError, match="incomplete"):
        restore_key_file(tmp_path / "copy.key", "nothing")


def test_keys_do_not_show_when_printed(key_file):
    ring = read_key_file(key_file)
    assert ring.current.key.hex() not in repr(ring)
    assert str(ring.current.key) not in repr(ring)
