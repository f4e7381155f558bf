"""The fictional library as HTML: tagged the way real libraries tag theirs (docs/formats.md says how)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from randaemon.demo.library import Feature, Parameter

_LEGAL = """<h1>Legal</h1><table>
<tr><td>Copyright</td><td>&copy; Fictional Vendor AB 2026. All rights reserved. No part of this document may be
reproduced in any form without the written permission of the copyright owner.</td></tr>
<tr><td>Disclaimer</td><td>The contents of this document are subject to revision without notice. Fictional Vendor
shall have no liability for any error or damage of any kind resulting from the use of this document.</td></tr>
<tr><td>Trademark List</td><td>All trademarks mentioned herein are the property of their owners.</td></tr>
</table>"""


def feature_page(feature: Feature) -> str:
    """A feature description with the sections, tables and tags of a real one."""
    title = feature.title
    body = "".join(
        (
            f"<h1>1 {title} Overview</h1><p>{escape(feature.summary)}</p>",
            _overview(feature),
            f"<h1>2 Dependencies of {title}</h1>",
            _table(
                ("Feature Name", "Feature Identity", "Relationship", "Description"),
                ((row.title, row.identity, row.relationship, row.description) for row in feature.relations),
            ),
            f"<h1>3 Feature Operation of {title}</h1><p>The feature evaluates its condition in every interval.</p>",
            f"<h1>4 Network Impact of {title}</h1><p>No impact on interfaces.</p>",
            f"<h1>5 Parameters for {title}</h1>",
            _table(("Parameter", "Type", "Description"), (_parameter_row(each) for each in feature.parameters)),
            f"<h1>6 Performance of {title}</h1>{_counters(feature)}{_events(feature)}",
            f"<h1>7 Activate {title}</h1>{_activation(feature)}",
            f"<h1>8 Deactivate {title}</h1>{_deactivation(feature)}",
            _LEGAL,
        )
    )
    return page(f"{title}", feature.document_number, body)


def mom_page(mo: str, parameters: Iterable[Parameter], counters: Iterable[tuple[str, str]]) -> str:
    """A managed object page: the class with its attributes and its PM counters."""
    attributes = "".join(
        f'<tr><td><a name="{each.name}"></a><span class="keyword apiname">{each.name}</span> = {each.default}</td>'
        f"<td>{each.data_type}</td><td>{escape(each.description)} Range: {each.values}. "
        f"{_unit_sentence(each)}Takes effect: {each.takes_effect}.</td></tr>"
        for each in parameters
    )
    rows = "".join(
        f'<tr><td><span class="keyword apiname">{name}</span></td><td>{escape(text)}</td></tr>'
        for name, text in counters
    )
    body = (
        f"<h1>class {mo}</h1><p>This class models {mo} instances of the fictional node.</p>"
        "<h2>Attributes</h2><table><tr><th>Attribute</th><th>Type</th><th>Description</th></tr>"
        f"{attributes}</table><h2>PM Counters</h2><table><tr><th>Counter</th><th>Description</th></tr>{rows}</table>"
    )
    return page(f"class {mo}", f"{len(mo)}/155 54-CRA 119 2000/1", body)


def legal_page() -> str:
    """A page with nothing but legal text: there is nothing to learn from it."""
    return page("Legal", "1/006 51-FCK 101 25", _LEGAL)


def page(title: str, number: str, body: str) -> str:
    """The frame every page stands in. Declares US-ASCII, as real ones do."""
    return (
        '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=us-ascii">'
        f'<title>{escape(title)}</title><meta name="TITLE" content="{escape(title)}">'
        f'<meta name="DOCNO" content="{number} Uen"><meta name="REV" content="A">'
        '<meta name="DATE" content="2026-01-15">'
        '<meta name="LANG" content="en"></head><body><div class="nav"><a href="#top">Contents</a> '
        f'<a href="edw:/alex?fn=index">Library</a></div>{body}</body></html>'
    )


def _overview(feature: Feature) -> str:
    rows = (
        ("Feature Name", feature.title),
        ("Feature Identity", feature.identity),
        ("Value Package Name", feature.package),
        ("Value Package Identity", feature.package_identity),
        ("Node Type", feature.node_type),
        ("Access Type", feature.access),
        ("Licensing", f"Licence-controlled feature. Licence key: {feature.licence_key}."),
    )
    return "<table>" + "".join(f"<tr><th>{key}</th><td>{escape(value)}</td></tr>" for key, value in rows) + "</table>"


def _parameter_row(each: Parameter) -> tuple[str, str, str]:
    note = "<br>".join(
        (
            f"{each.description} Type: {each.data_type}. Range: {each.values}. Default: {each.default}.",
            f"Takes effect: {each.takes_effect}.",
            *((f"Unit: {each.unit}.",) if each.unit else ()),
        )
    )
    link = f"{note}::{each.name}::edw:/alex?dt=om&FN={each.mo}.html&ch={each.name}::"
    name = (
        f'<span class="keyword apiname"><a class="xref" rel="{escape(link)}" '
        f'href="edw:/alex?dt=om&amp;FN={each.mo}.html&amp;ch={each.name}">{each.full_name}</a></span>'
    )
    return name, each.relation, "See MOM description."


def _unit_sentence(each: Parameter) -> str:
    return f"Unit: {each.unit}. " if each.unit else ""


def _counters(feature: Feature) -> str:
    bullets = "".join(
        f'<li><span class="keyword apiname">{each.full_name}</span>: {escape(each.description)}</li>'
        for each in feature.counters
    )
    return f"<h2>Counters</h2><ul>{bullets}</ul>"


def _events(feature: Feature) -> str:
    rows = ((each.name, ", ".join(each.parameters), each.description) for each in feature.events)
    return "<h2>Events</h2>" + _table(("Event", "Event Parameter", "Description"), rows)


def _activation(feature: Feature) -> str:
    steps = "".join(f'<li><span class="ph cmd">{escape(step)}</span></li>' for step in feature.activation)
    return (
        f"<h2>Prerequisites</h2><p>The licence key {feature.licence_key} is installed in the node.</p>"
        f"<h2>Steps</h2><ol>{steps}</ol>"
    )


def _deactivation(feature: Feature) -> str:
    step = f"Set the FeatureState.featureState attribute to DEACTIVATED in the {feature.state_instance} MO instance."
    return f'<h2>Steps</h2><ol><li><span class="ph cmd">{step}</span></li></ol>'


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Cells are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
