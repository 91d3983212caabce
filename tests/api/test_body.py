"""Bodies are read strictly."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest

from zhike.api.body import MOST_BYTES, MOST_DEPTH, parse_json, read_json
from zhike.api.errors import BadRequest, TooLarge, WrongType


def request(raw: bytes, media: str = "application/json", length: str | None = None) -> WSGIRequest:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "wsgi.input": io.BytesIO(raw),
        "CONTENT_TYPE": media,
        "CONTENT_LENGTH": str(len(raw)) if length is None else length,
    }
    return WSGIRequest(environ)


def code_of(text: str) -> str:
    with pytest.raises(BadRequest) as caught:
        parse_json(text)
    return caught.value.problems[0].code


def test_good_json_is_read_with_exact_fractions() -> None:
    assert parse_json('{"a": [1, 2.10, "𠮷", null, true]}') == {"a": [1, Decimal("2.10"), "𠮷", None, True]}


def test_a_repeated_key_is_refused() -> None:
    assert code_of('{"a": 1, "b": {"c": 1, "c": 2}}') == "duplicate-key"
    assert code_of('{"a": null, "a": null}') == "duplicate-key"


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "1e-999", "9" * 41, "0." + "1" * 60]
)
def test_numbers_that_are_none_or_endless_are_refused(text: str) -> None:
    assert code_of(text) == "number"


def test_thirty_two_levels_are_read_and_more_are_not() -> None:
    assert parse_json("[" * MOST_DEPTH + "]" * MOST_DEPTH)
    assert code_of("[" * (MOST_DEPTH + 1) + "1" + "]" * (MOST_DEPTH + 1)) == "depth"
    assert code_of("[" * 100_000 + "]" * 100_000) == "depth"
    assert code_of('{"a":' * 100_000 + "1" + "}" * 100_000) == "depth"


@pytest.mark.parametrize("text", [r'"\ud800"', r'{"\udfff": 1}', r'["\ud83d"]'])
def test_half_a_character_is_refused(text: str) -> None:
    assert code_of(text) == "encoding"


@pytest.mark.parametrize("text", ["", "  ", "{", "{'a': 1}", '{"a": 1,}', '{"a": 1} x'])
def test_what_is_not_json_is_refused(text: str) -> None:
    assert code_of(text) == "json"


def test_a_byte_order_mark_is_no_error() -> None:
    assert read_json(request(b"\xef\xbb\xbf{}")) == {}


@pytest.mark.parametrize(
    "media", ["text/plain", "", "application/x-www-form-urlencoded", "application/json; charset=gbk"]
)
def test_other_media_types_are_refused(media: str) -> None:
    with pytest.raises(WrongType):
        read_json(request(b"{}", media))


@pytest.mark.parametrize(
    "media", ["application/json", "APPLICATION/JSON; charset=UTF-8", "application/merge-patch+json"]
)
def test_json_media_types_are_read(media: str) -> None:
    assert read_json(request(b"{}", media)) == {}


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        read_json(request('{"a": "中"}'.encode("gb18030")))
    assert caught.value.problems[0].code == "encoding"


def test_a_large_body_is_refused_by_its_length_and_by_its_bytes() -> None:
    with pytest.raises(TooLarge):
        read_json(request(b"{}", length=str(200 * 1024 * 1024)))
    with pytest.raises(TooLarge):
        read_json(request(json.dumps("x" * MOST_BYTES).encode()))


def test_an_empty_body_counts_as_no_inputs_only_where_it_may() -> None:
    assert read_json(request(b"", media=""), optional=True) == {}
    with pytest.raises(BadRequest):
        read_json(request(b""))
