"""Names as data: whatever bytes a file system gave."""

from __future__ import annotations

import os
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from randaemon.store.names import LIMIT, decode, display, encode


@given(st.binary(min_size=1, max_size=255))
@example(b"line\nbreak")
@example("\u202egpj.exe".encode())
@example(b"\xff\xfe\x80")
@example(b"x" * 255)
@example(b"~%2F\xc3")
@example(b".")
def test_a_name_comes_back_unless_it_was_cut(raw: bytes) -> None:
    stored = encode(raw)
    assert re.fullmatch(r"[A-Za-z0-9._%~-]+", stored)
    assert len(stored) <= LIMIT
    if "~" not in stored:
        assert decode(stored) == os.fsdecode(raw)
    else:
        assert len(raw) * 3 > LIMIT


@given(st.text(min_size=1, max_size=300))
def test_what_is_shown_has_no_character_that_could_mislead(text: str) -> None:
    shown = display(
        encode(text.encode("utf-8", "surrogateescape") if text.isprintable() else text.encode("utf-8", "replace"))
    )
    assert 0 < len(shown) <= 120
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in shown)


@given(st.binary(min_size=1, max_size=255), st.binary(min_size=1, max_size=255))
def test_two_names_never_share_a_stored_form(one: bytes, other: bytes) -> None:
    assert (encode(one) == encode(other)) == (one == other)


def test_a_cut_name_keeps_its_extension_and_whole_escapes() -> None:
    stored = encode(("ü" * 120) + ".html")
    assert stored.endswith(".html")
    assert len(stored) <= LIMIT
    assert re.fullmatch(r"(%C3%BC)*(%C3)?~[0-9a-f]{8}\.html", stored)
    assert "." not in encode("x" * 250)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b.txt", "a b.txt"),
        ("dir/page.html", "dir/page.html"),
        ("line\nbreak", "linebreak"),
        ("\u202eevil", "evil"),
        ("\n", "(unnamed)"),
        ("Übersicht.pdf", "Übersicht.pdf"),
    ],
)
def test_names_as_people_see_them(name: str, shown: str) -> None:
    assert display(encode(name)) == shown


def test_a_long_name_is_shortened_for_show() -> None:
    assert display(encode("x" * 150), limit=20) == "x" * 19 + "…"
