"""What counts as a file in the inbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from randaemon.errors import NotFoundError
from randaemon.store import inbox as inbox_files
from randaemon.store.home import Home
from randaemon.store.reader import Reader


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "._page.html", ".hidden", "Thumbs.db", "a.part", "a.CRDOWNLOAD", "a.download", "a.tmp", "~$a.docx",
     "a.icloud", "desktop.ini"],
)  # fmt: skip
def test_system_litter_and_unfinished_downloads_are_junk(name: str) -> None:
    assert inbox_files.junk(name)


@pytest.mark.parametrize("name", ["a.html", "party", "tmp.csv", "a~", "-rf", "report.tmp.pdf"])
def test_ordinary_names_are_not_junk(name: str) -> None:
    assert not inbox_files.junk(name)


def test_folders_are_walked_in_order_and_links_are_not_followed(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "b" / "c").mkdir(parents=True)
    (inbox / "b" / ".git").mkdir()
    for name in ("z.html", "b/one.html", "b/c/two.html", "b/.git/config", "b/x.part"):
        (inbox / name).write_text("x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text("x")
    (inbox / "link").symlink_to(outside)
    found = [(str(path.relative_to(inbox)), problem) for path, problem in inbox_files.walk(inbox)]
    assert found == [("b/c/two.html", None), ("b/one.html", None), ("link", None), ("z.html", None)]


def test_folders_nested_beyond_all_reason_are_not_walked(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*("d" for _ in range(inbox_files.MAX_DEPTH + 1)))
    deep.mkdir(parents=True)
    (deep / "page.html").write_text("x")
    assert list(inbox_files.walk(tmp_path)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_reported_and_the_rest_is_walked(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o000)
    (tmp_path / "open.html").write_text("x")
    found = {path.name: problem for path, problem in inbox_files.walk(tmp_path)}
    assert isinstance(found["closed"], PermissionError)
    assert found["open.html"] is None


def test_what_the_finder_leaves_is_no_file_that_waits_and_what_lies_in_folders_is(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    (home.inbox / "lib").mkdir(parents=True)
    (home.inbox / ".DS_Store").write_text("x")

    def waiting() -> int:
        with Reader(home) as reader:
            return int(reader.status()["inbox"]["files"])

    assert waiting() == 0
    with Reader(home) as reader, pytest.raises(NotFoundError, match=r"there is no document page\.html"):
        reader.document("page.html")
    (home.inbox / "lib" / "page.html").write_text("x")
    assert waiting() == 1
    for wanted in ("page.html", "lib/page.html"):
        with Reader(home) as reader, pytest.raises(NotFoundError, match="is in the inbox and not taken yet"):
            reader.document(wanted)
