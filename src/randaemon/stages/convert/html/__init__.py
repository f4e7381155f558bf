"""HTML: decoded, parsed by lxml, read by a walk of our own.

Text goes in as a decoded string, never as bytes: given bytes and a wrong declaration lxml returned nothing at all.
Nothing is ever fetched.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from randaemon.errors import Refused
from randaemon.machine import MIB
from randaemon.model import Converted, Task
from randaemon.stages import encoding
from randaemon.stages.convert.html import bold, vendor, word
from randaemon.stages.convert.html.walk import Walk

_SIZE_MAX: Final = 256 * MIB
_DEPTH_MAX = 500  # of pages that are nested too deep for the parser
_LETTERS = 20
_SHELL = 200  # letters; a page with scripts and less text than this is filled in by them


def convert(task: Task) -> Converted:
    """A page; raises Refused E_TOO_LARGE, E_NO_TEXT."""
    if task.source.stat().st_size > _SIZE_MAX:
        raise Refused("the page is larger than 256 MiB", hint="split it", code="E_TOO_LARGE")
    text, name = encoding.decode(task.source.read_bytes(), markup=True)
    return convert_text(text, name)


def convert_text(text: str, name: str = "utf-8") -> Converted:
    """A decoded page; `name` is the encoding it was read with."""
    root = _parse(text)
    if root is None:
        raise _no_text()
    if word.HINT in text:
        word.as_others_have_it(root)
    bold.as_headings(root)
    title, meta = _head(root)
    writer = Walk().over(root)
    converted = writer.finish(title or writer.first_heading, {"encoding": name, **meta})
    letters = sum(map(str.isalnum, converted.markdown))
    if letters < _LETTERS or (letters < _SHELL and root.find(".//script") is not None):
        raise _no_text()
    return converted


def fragment(text: str) -> str:
    """The Markdown of a piece of HTML that stands in another text."""
    root = _parse(text)
    return Walk().over(root).finish().markdown if root is not None else text


def _no_text() -> Refused:
    return Refused(
        "the page holds next to no text", hint="if a browser fills it in, save it from the browser", code="E_NO_TEXT"
    )


def _parse(text: str) -> Any:
    data = text.encode("utf-8", errors="replace")
    parser = _parser()
    try:
        root = etree.fromstring(data, parser)
        if any("Excessive depth" in error.message for error in parser.error_log):  # it ends there and drops the rest
            root = etree.fromstring(data, _parser(target=_Flat()))
    except etree.XMLSyntaxError:  # nothing in it could be an element
        return None
    return root


def _parser(**options: Any) -> Any:
    return etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True, **options
    )


class _Flat:
    """Builds a tree in which elements deeper than the cap are gone, and their text is not."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth <= _DEPTH_MAX:
            self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        if self._depth <= _DEPTH_MAX:
            self._builder.end(tag)
        self._depth -= 1

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> Any:
        return self._builder.close()


def _head(root: Any) -> tuple[str, dict[str, str]]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or "").strip().lower()
        content = " ".join((element.get("content") or "").split())
        if name and content:
            found.setdefault(name, content)
    title = root.find(".//head/title")
    printed = " ".join("".join(title.itertext()).split()) if title is not None else ""
    meta = {key: found[name] for name, key in vendor.META.items() if name in found}
    return found.get("title") or printed, meta
