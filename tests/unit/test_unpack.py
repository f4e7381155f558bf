"""Archives and single files: what is taken, what is refused, and that nothing is ever written outside."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.errors import Refused, Unreadable
from randaemon.model import Child, Done, Expand, Failure, Meta, Outcome, Reject, Stage, Task
from randaemon.stages import unpack


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def unpacked(data: bytes, scratch: Path, meta: Meta | None = None, **options: object) -> Outcome:
    source = scratch.parent / "source"
    source.write_bytes(data)
    return unpack.run(Task(Stage.UNPACK, "", source, {}, scratch, options, meta or {}))


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def children(outcome: Outcome) -> dict[str, Child]:
    assert isinstance(outcome, Expand)
    return {child.name: child for child in outcome.children}


def test_every_member_of_a_zip_becomes_a_document_of_its_own(scratch: Path) -> None:
    data = zipped({"a.txt": b"first", "folder/": b"", "folder/b.txt": b"second", "c.bin": b""})
    found = children(unpacked(data, scratch))
    assert sorted(found) == ["a.txt", "c.bin", "folder/b.txt"]
    assert (scratch / str(found["folder/b.txt"].index)).read_bytes() == b"second"
    assert found["a.txt"].size == 5


def test_stored_and_deflated_members_come_out_as_they_went_in(scratch: Path) -> None:
    data = bytes(range(256)) * 1000
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        found = children(unpacked(zipped({"x": data}, method), scratch))
        assert (scratch / str(found["x"].index)).read_bytes() == data


def test_an_archive_with_64_bit_sizes_is_read_and_a_damaged_one_is_not(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    data = zipped({"a.txt": b"some text " * 9, "b.txt": b"b"})
    assert b"PK\x06\x06" in data
    found = children(unpacked(data, scratch))
    assert (scratch / str(found["a.txt"].index)).read_bytes() == b"some text " * 9
    for mark in (b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"):
        with pytest.raises(Unreadable) as caught:
            unpacked(data.replace(mark, b"xxxx"), scratch)
        assert caught.value.code == "E_ZIP_CORRUPT"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_three_members_of_one_name_are_three_documents(scratch: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for text in ("one", "two", "three"):
            archive.writestr("dup.txt", text)
    outcome = unpacked(out.getvalue(), scratch)
    assert isinstance(outcome, Expand)
    assert [child.name for child in outcome.children] == ["dup.txt"] * 3
    assert {(scratch / str(child.index)).read_text() for child in outcome.children} == {"one", "two", "three"}


@pytest.mark.parametrize(
    "name", ["../../evil.txt", "/etc/evil", "C:\\evil.txt", "a\\..\\..\\evil", "x" * 600, "\u202eevil\n"]
)
def test_a_name_is_data_and_never_a_path(name: str, scratch: Path) -> None:
    before = sorted(path for path in scratch.parent.rglob("*") if path.is_file())
    outcome = unpacked(zipped({name: b"text"}), scratch)
    assert isinstance(outcome, Expand)
    (child,) = outcome.children
    assert (scratch / str(child.index)).read_bytes() == b"text"
    assert child.name.isascii()
    assert child.name.isprintable()
    new = [path for path in scratch.parent.rglob("*") if path.is_file() and path not in before]
    assert {path.parent for path in new} <= {scratch, scratch.parent}


def test_what_macs_and_windows_leave_behind_is_counted_and_ignored(scratch: Path) -> None:
    junk = {"__MACOSX/._a.txt": b"x", "b/.DS_Store": b"x", "Thumbs.db": b"x", "desktop.ini": b"x", "._a.txt": b"x"}
    outcome = unpacked(zipped({**junk, "a.txt": b"text"}), scratch)
    assert list(children(outcome)) == ["a.txt"]
    assert isinstance(outcome, Expand)
    assert outcome.meta["ignored"] == len(junk)


def test_a_bomb_is_refused_before_anything_is_written(scratch: Path) -> None:
    with pytest.raises(Refused, match="expand to") as caught:
        unpacked(zipped({"bomb": bytes(30 << 20), "fine.txt": b"fine"}), scratch)
    assert caught.value.code == "E_ZIP_BOMB"
    assert list(scratch.iterdir()) == []


def test_members_that_share_their_bytes_are_a_bomb(scratch: Path) -> None:
    data = bytearray(zipped({"a": b"x" * 3000, "b": b"y" * 3000}, zipfile.ZIP_STORED))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)  # the second member begins where the first does
    with pytest.raises(Refused) as caught:
        unpacked(bytes(data), scratch)
    assert caught.value.code == "E_ZIP_BOMB"


@pytest.mark.parametrize(
    ("options", "code"),
    [({"max_entries": 2}, "E_ZIP_BOMB"), ({"max_total_mib": 1}, "E_ZIP_BOMB"), ({"max_member_mib": 1}, "E_ZIP_BOMB")],
)
def test_the_limits_of_an_archive_are_settings(options: dict[str, object], code: str, scratch: Path) -> None:
    import random

    noise = random.Random(1).randbytes(3 << 20)
    with pytest.raises(Refused) as caught:
        unpacked(zipped({"a": noise, "b": b"b", "c": b"c"}), scratch, **options)
    assert caught.value.code == code


def test_archives_inside_archives_are_opened_two_deep_and_share_what_is_left(scratch: Path) -> None:
    inner = zipped({"deep.txt": b"deep" * 100})
    found = children(unpacked(zipped({"inner.zip": inner, "a.txt": b"text"}), scratch))
    meta = found["inner.zip"].meta
    assert meta["depth"] == 1
    assert meta["allowance"] == (2048 << 20) - len(inner) - 4
    assert isinstance(unpacked(inner, scratch, meta), Expand)
    with pytest.raises(Refused) as caught:
        unpacked(inner, scratch, {"depth": 2})
    assert caught.value.code == "E_ZIP_DEPTH"
    with pytest.raises(Refused) as caught:
        unpacked(inner, scratch, {"depth": 1, "allowance": 399})
    assert caught.value.code == "E_ZIP_BOMB"


def test_a_bad_member_does_not_hold_up_the_others(scratch: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.txt", b"good")
        archive.writestr("bad.txt", b"to be damaged " * 50)
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(zipfile.ZipInfo("odd.txt"), b"odd", compress_type=zipfile.ZIP_BZIP2)
    data = bytearray(out.getvalue())
    data[data.find(b"bad.txt") + 9] ^= 0xFF
    found = children(unpacked(bytes(data), scratch))
    assert (scratch / str(found["good.txt"].index)).read_bytes() == b"good"
    bad, link_, odd = (found[name].refusal for name in ("bad.txt", "link", "odd.txt"))
    assert isinstance(bad, Failure)
    assert (bad.code, bad.retry) == ("E_ZIP_CORRUPT", False)
    assert isinstance(link_, Reject)
    assert link_.code == "E_ZIP_LINK"
    assert isinstance(odd, Reject)
    assert odd.code == "E_ZIP_METHOD"
    assert sorted(path.name for path in scratch.iterdir()) == ["0"], "what is refused leaves no file"


def test_an_encrypted_member_is_refused_and_an_encrypted_archive_as_a_whole(scratch: Path) -> None:
    data = bytearray(zipped({"secret.txt": b"secret", "plain.txt": b"plain"}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    found = children(unpacked(bytes(data), scratch))
    refusal = found["secret.txt"].refusal
    assert isinstance(refusal, Reject)
    assert refusal.code == "E_ENCRYPTED"
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused) as caught:
        unpacked(bytes(data), scratch)
    assert caught.value.code == "E_ENCRYPTED"


def test_a_member_that_is_longer_than_its_directory_says_is_stopped(scratch: Path) -> None:
    data = bytearray(zipped({"liar": b"x" * 200_000, "b": b"b"}))
    struct.pack_into("<L", data, data.find(b"PK\x01\x02") + 24, 10)
    refusal = children(unpacked(bytes(data), scratch))["liar"].refusal
    assert isinstance(refusal, Failure)
    assert refusal.code == "E_ZIP_CORRUPT"


@pytest.mark.parametrize(("data", "code"), [(b"", "E_EMPTY"), (b"\n \x00", "E_EMPTY"), (zipped({}), "E_EMPTY")])
def test_an_empty_file_and_an_empty_archive_are_refused(data: bytes, code: str, scratch: Path) -> None:
    with pytest.raises(Refused) as caught:
        unpacked(data, scratch)
    assert caught.value.code == code


def test_a_truncated_archive_is_unreadable_wherever_it_ends(scratch: Path) -> None:
    data = zipped({f"{number}.txt": bytes(range(200)) for number in range(20)})
    for end in range(4, len(data) - 1, 97):
        with pytest.raises(Unreadable) as caught:
            unpacked(data[:end], scratch)
        assert caught.value.code == "E_ZIP_CORRUPT"


@given(st.data())
def test_no_change_to_an_archive_ends_other_than_with_an_outcome_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    scratch = tmp_path_factory.mktemp("flip") / "scratch"
    scratch.mkdir()
    good = bytearray(zipped({"a.txt": b"text " * 50, "b.bin": bytes(range(256))}))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(4, len(good) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Refused, Unreadable):
        assert isinstance(unpacked(bytes(good), scratch), (Expand, Done))


def office(parts: dict[str, bytes]) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>", **parts})


def test_an_office_document_is_one_file_and_not_an_archive(scratch: Path) -> None:
    outcome = unpacked(office({}), scratch)
    assert isinstance(outcome, Done)
    assert outcome.meta["route"] == "office"
    assert str(outcome.meta["media_type"]).endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    "part",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16-be"),
        b"<!--" + b" " * 65_520 + b"--><!DOCTYPE x><x/>",
        b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE x><x/>',
        '<?xml version="1.0" encoding="cp037"?><!DOCTYPE x><x/>'.encode("cp037"),
    ],
)
def test_an_office_document_with_a_dtd_is_refused(part: bytes, scratch: Path) -> None:
    with pytest.raises(Refused) as caught:
        unpacked(office({"word/styles.xml": part}), scratch)
    assert caught.value.code == "E_XML_DTD"


def test_an_office_document_that_is_a_bomb_is_refused(scratch: Path) -> None:
    with pytest.raises(Refused) as caught:
        unpacked(office({"word/media/image1.emf": bytes(20 << 20)}), scratch)
    assert caught.value.code == "E_ZIP_BOMB"


def test_an_office_document_with_a_password_is_told_from_an_old_one(scratch: Path) -> None:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    with pytest.raises(Refused) as caught:
        unpacked(magic + "EncryptedPackage\0".encode("utf-16-le"), scratch)
    assert caught.value.code == "E_ENCRYPTED"
    with pytest.raises(Refused) as caught:
        unpacked(magic, scratch)
    assert caught.value.code == "E_UNSUPPORTED"
    assert caught.value.hint


def test_a_single_file_learns_its_kind_and_route(scratch: Path) -> None:
    outcome = unpacked(b"Name;Default\npMax;33\nqMin;-120\n", scratch)
    assert outcome == Done(meta={"media_type": "text/csv", "route": "csv", "encoding": "utf-8", "delimiter": ";"})


# --- What is told of an archive ------------------------------------------------------------------------------------


def test_an_archive_counts_its_members_by_what_they_are_not_by_what_they_are_called(scratch: Path) -> None:
    page = b"<html><body><h1>Title</h1><p>Some fictional text.</p></body></html>"
    inner = zipped({"x.txt": b"plain words"})
    data = zipped(
        {"a.html": page, "b.png": page, "c.png": b"\x89PNG\r\n\x1a\n" + bytes(9), "d.zip": inner, "._a": b"x"}
    )
    outcome = unpacked(data, scratch)
    assert isinstance(outcome, Expand)
    told = {key: value for key, value in outcome.meta.items() if "." in key}
    assert told == {
        "files.html": 2, "bytes.html": 2 * len(page), "files.image": 1, "bytes.image": 17,
        "files.zip": 1, "bytes.zip": len(inner),
    }  # fmt: skip
    assert (outcome.meta["members"], outcome.meta["ignored"]) == (4, 1)


def test_a_member_keeps_the_time_that_its_archive_tells(scratch: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt", (2024, 3, 1, 12, 30, 58)), b"words")
    assert children(unpacked(out.getvalue(), scratch))["a.txt"].meta["modified"] == "2024-03-01T12:30:58"
    entry = out.getvalue().index(b"PK\x01\x02") + 12
    no_time = out.getvalue()[:entry] + bytes(4) + out.getvalue()[entry + 4 :]  # month 0, as some tools write
    assert "modified" not in children(unpacked(no_time, scratch))["a.txt"].meta
