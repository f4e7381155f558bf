"""A small fictional feature document with its extraction made by hand: what quality and dataset tests work on.

`document(number)` gives another feature with other names and values each time, in the structure of real descriptions.
"""

from __future__ import annotations

from dataclasses import dataclass

from randaemon.model import Category, Clean, Extraction, Item, Span

_NAMES = (
    "Beam Sweep",
    "Load Shift",
    "Rank Anchor",
    "Slot Pulse",
    "Cell Echo",
    "Voice Guard",
    "Sync Drift",
    "Paging Fold",
)


@dataclass(frozen=True)
class Known:
    """A document with what is to be found in it."""

    digest: str
    clean: Clean
    extraction: Extraction

    @property
    def markdown(self) -> str:
        return self.clean.markdown


class _Writer:
    """Writes Markdown and remembers where each piece went, so that spans are right by construction."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, text: str) -> Span:
        start = len(self.text)
        self.text += text
        return Span(start, len(self.text), text)

    def row(self, *cells: str) -> list[Span]:
        spans = []
        for cell in cells:
            self.text += "| "
            spans.append(self.put(cell))
            self.text += " "
        self.text += "|\n"
        return spans

    def line(self, text: str = "") -> None:
        self.text += text + "\n"


def document(number: int = 0, *, family: str | None = None, default: int | None = None) -> Known:
    """Feature document `number`: one feature, four parameters, two counters, an event, a dependency, a procedure."""
    writer = _Writer()
    title = f"{_NAMES[number % len(_NAMES)]}{'' if number < len(_NAMES) else f' {number}'}"
    feature = _feature(writer, title, number)
    items = [
        feature,
        _related(writer, number, feature),
        *_parameters(writer, title, number, default),
        *_counters(writer, title),
        _event(writer, title),
        _procedure(writer, title, number),
    ]
    meta = {"title": title, "document_number": family or f"{100 + number}/221 04-LZA 701 6014/1 Uen"}
    clean = Clean(markdown=writer.text, title=title, meta=meta)
    return Known(f"{number:064x}", clean, Extraction(tuple(items), meta))


def _feature(writer: _Writer, title: str, number: int) -> Item:
    writer.line(f"# 1 {title} Overview\n")
    summary = writer.put("Lowers the interference between neighbouring cells at low load.")
    writer.line("\n")
    keys = ("Feature Name", "Feature Identity", "Value Package Name", "Access Type", "Licence Key")
    values = (title, f"FAJ 121 {5000 + number}", "Radio Performance", "LTE", f"CXC401{2400 + number}")
    spans = [writer.row(key, value)[1] for key, value in zip(keys, values, strict=True)]
    fields = dict(zip(("title", "identity", "package", "access_type", "licence_key"), spans, strict=True))
    return Item(Category.FEATURE, values[1], spans[1], (title,), fields={**fields, "description": summary})


def _related(writer: _Writer, number: int, feature: Item) -> Item:
    writer.line(f"\n# 2 Dependencies of {feature.fields['title'].text}\n")
    spans = writer.row(
        "Uplink Trim", f"FAJ 121 {7000 + number}", "Prerequisite", "Uplink Trim must be active before it."
    )
    fields = dict(zip(("title", "identity", "relationship", "description"), spans, strict=True))
    return Item(Category.RELATED_FEATURE, spans[1].text, spans[1], fields=fields, related=(feature.name,))


def _parameters(writer: _Writer, title: str, number: int, default: int | None) -> list[Item]:
    root = "".join(title.split())
    root = root[0].lower() + root[1:]
    writer.line(f"\n# 3 Parameters for {title}\n")
    value = default if default is not None else 40 + number
    rows = (
        (
            "EUtranCellFDD",
            f"{root}Timer",
            "int32",
            "10..9900",
            f"{value}0",
            "ms",
            "The time that it waits before it acts.",
        ),
        ("EUtranCellFDD", f"{root}Level", "int32", "-140..-44", f"-{60 + value}", "dBm", "Specifies the lowest level."),
        ("ENodeBFunction", f"{root}Users", "int32", "1..800", f"{value}", "users", "Maximum number of users served."),
        (
            "EUtranCellFDD",
            f"{root}Enabled",
            "boolean",
            "true, false",
            "false",
            "",
            "Whether the feature is used in this cell.",
        ),
    )
    return [_parameter(writer, row, title) for row in rows]


def _parameter(writer: _Writer, row: tuple[str, ...], title: str) -> Item:
    mo, local, *rest = row
    spans = writer.row(f"{mo}.{local}", "Introduced", *rest, "Immediately")
    names = ("relation", "type", "range", "default", "unit", "description", "takes_effect")
    fields = {name: span for name, span in zip(names, spans[1:], strict=True) if span.text}
    return Item(Category.PARAMETER, f"{mo}.{local}", spans[0], ("Parameters",), fields=fields, related=(title,))


def _counters(writer: _Writer, title: str) -> list[Item]:
    writer.line("\n# 4 Counters\n")
    root = "".join(title.split())
    rows = ((f"pm{root}Att", "The number of attempts.", "PEG"), (f"pm{root}Succ", "Counts the successes.", "PEG"))
    found = []
    for local, text, kind in rows:
        mo, name, description, type_ = writer.row("EUtranCellFDD", local, text, kind)
        fields = {"mo": mo, "description": description, "type": type_}
        found.append(Item(Category.COUNTER, f"EUtranCellFDD.{local}", name, ("Counters",), fields=fields))
    return found


def _event(writer: _Writer, title: str) -> Item:
    writer.line("\n# 5 Events\n")
    name = f"INTERNAL_PROC_{'_'.join(title.upper().split())}"
    spans = writer.row(name, "EVENT_PARAM_RESULT", "Reports one procedure of the feature.")
    return Item(Category.EVENT, name, spans[0], ("Events",), fields={"parameters": spans[1], "description": spans[2]})


def _procedure(writer: _Writer, title: str, number: int) -> Item:
    writer.text += "\n# "
    heading = writer.put(f"6 Activate {title}")
    writer.line("\n")
    fields = {"prerequisites": writer.put("The licence key is installed in the node.")}
    writer.line("\n")
    key = f"CXC401{2400 + number}"
    steps = (
        "Lock the cell: set the EUtranCellFDD.administrativeState attribute to LOCKED.",
        f"Set the FeatureState.featureState attribute to ACTIVATED in the FeatureState={key} MO instance.",
        "Unlock the cell: set the EUtranCellFDD.administrativeState attribute to UNLOCKED.",
    )
    for place, step in enumerate(steps, 1):
        writer.text += f"{place}. "
        fields[f"step_{place}"] = writer.put(step)
        writer.line()
    return Item(Category.PROCEDURE, f"Activate {title}", heading, (heading.text,), fields=fields)
