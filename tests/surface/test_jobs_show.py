"""`jobs show` over what a real daemon did: a library, a specification and files that are not what they are called."""

from __future__ import annotations

import pytest
from tests import library
from tests.house import House
from tests.terminal import Terminal

GERMAN = "Der Zeitgeber wartet zehn Sekunden und ist nicht mit dem Netz verbunden, wenn die Zelle auf der anderen ist. "
LIBRARY = "en_lzn7931071_r38f.zip"
MEMBERS = {
    **{f"html/{number}_22104-LZA7016014_1Uen.BC.html": library.page(number) for number in range(4)},
    "img/a.png": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "__MACOSX/._html": b"x",
    "wrong.pdf": library.page(21),
    "again.html": library.page(20),
}


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    house = House(tmp_path_factory.mktemp("show") / "home")
    house.drop(LIBRARY, library.pack(MEMBERS))
    house.drop("38331-i60.zip", library.pack({"38331-i60_cover.html": library.page(30)}))
    house.drop("photo.png", library.page(20))
    house.drop("german.txt", (GERMAN * 9).encode())
    house.start()
    house.until_ended(4)
    assert house.stop() == 0
    return Terminal(house.home)


@pytest.mark.slow
def test_an_archive_tells_its_volume_by_kind_the_time_it_takes_and_how_far_it_is(terminal: Terminal) -> None:
    shown = terminal.run("jobs", "show", LIBRARY, "--json").json
    assert shown["called"] == "library LZN 793 1071 R38F, English"
    pages = [data for name, data in MEMBERS.items() if name.endswith((".html", ".pdf"))]
    assert shown["volume"] == {
        "html": {"files": 6, "bytes": sum(map(len, pages))},
        "image": {"files": 1, "bytes": len(MEMBERS["img/a.png"])},
    }
    assert shown["estimate"]["measured_on"] >= 4
    assert shown["progress"]["ended"] == shown["progress"]["documents"] == 8
    assert shown["progress"]["left"] is None
    told = terminal.run("jobs", "show", LIBRARY).out
    assert "holds 7 files" in told
    assert "measured on" in told
    assert "8 of 8 documents have ended" in told
    assert "called .pdf, but its content is text/html" in told


@pytest.mark.slow
def test_a_member_tells_its_stages_places_content_and_when_it_was_changed(terminal: Terminal) -> None:
    shown = terminal.run("jobs", "show", "html/3_22104-LZA7016014_1Uen.BC.html", "--json").json
    assert [step["stage"] for step in shown["stages"]] == [
        "unpack", "convert", "preprocess", "extract", "converse", "finalize",
    ]  # fmt: skip
    assert all(step["seconds"] > 0 and step["attempts"] == 1 for step in shown["stages"])
    assert shown["places"] == [f"{LIBRARY}/html/3_22104-LZA7016014_1Uen.BC.html"]
    meta = shown["meta"]
    assert (meta["shape"], meta["language"], meta["modified"]) == ("tables", "en", "2026-01-15T00:00:00")
    assert (meta["tables"], meta["route"]) == (4, "html")
    told = terminal.run("jobs", "show", "html/3_22104-LZA7016014_1Uen.BC.html").out
    assert "by its name: document 3/221 04-LZA 701 6014/1 Uen, revision BC" in told
    assert "taken out by cleaning: `randaemon jobs show" in told


@pytest.mark.slow
def test_what_cleaning_took_out_is_shown_with_its_reasons(terminal: Terminal) -> None:
    name = "html/3_22104-LZA7016014_1Uen.BC.html"
    shown = terminal.run("jobs", "show", name, "--removed", "--json").json
    assert len(shown["removed"]) == shown["meta"]["removed"] > 0
    assert all(piece["reason"] and piece["text"] for piece in shown["removed"])
    assert "removed" not in terminal.run("jobs", "show", name, "--json").json
    told = terminal.run("jobs", "show", name, "--removed").out
    assert any(f"    {piece['reason']}" in told for piece in shown["removed"])


@pytest.mark.slow
def test_a_name_that_promises_something_else_and_one_of_3gpp_are_told(terminal: Terminal) -> None:
    shown = terminal.run("jobs", "show", "photo.png", "--json").json
    assert shown["note"] == "called .png, but its content is text/html: the content counts"
    assert shown["status"] == "done"
    spec = terminal.run("jobs", "show", "38331-i60_cover.html", "--json").json
    assert spec["called"] == "3GPP 38.331 version 18.6.0 (Release 18), cover"
    assert spec["note"] == ""


@pytest.mark.slow
def test_a_copy_is_told_by_what_its_first_learnt(terminal: Terminal) -> None:
    pages = [terminal.run("jobs", "show", name, "--json").json for name in ("again.html", "photo.png")]
    [copy] = [page for page in pages if page["duplicate_of"]]
    assert bool(copy["note"]) is (copy["name"] == "photo.png")
    assert sorted(copy["places"]) == sorted(["photo.png", f"{LIBRARY}/again.html"])
    assert "title: " in terminal.run("jobs", "show", copy["key"]).out


@pytest.mark.slow
def test_prose_in_a_language_that_is_not_wanted_is_refused_with_the_setting_to_change(terminal: Terminal) -> None:
    shown = terminal.run("jobs", "show", "german.txt", "--json").json
    assert (shown["status"], shown["code"], shown["stage"]) == ("rejected", "E_LANGUAGE", "preprocess")
    assert "German" in shown["reason"]
    assert "add 'de' to `languages`" in shown["reason"]
    assert shown["stages"][-1]["end"] == "rejected"


@pytest.mark.slow
def test_what_is_forgotten_says_so_with_all_that_is_in_it_and_a_sample_is_found_by_the_beginning_of_its_id(
    terminal: Terminal,
) -> None:
    first = terminal.run("jobs", "show", "38331-i60_cover.html", "--json").json
    sample = first["samples"]["accepted"][0]
    assert first["forgotten"] is False
    assert terminal.run("why", sample[:8]).out.startswith(f"sample {sample}")
    assert "there is no document abcdef99" in terminal.run("why", "abcdef99").err
    assert terminal.run("forget", "38331-i60.zip").code == 0
    for name in ("38331-i60.zip", "38331-i60_cover.html"):
        assert "  forgotten: no dataset version" in terminal.run("jobs", "show", name).out
