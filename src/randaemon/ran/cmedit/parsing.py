"""Text → command: which words are target, criteria, assignments and options of each verb."""

from __future__ import annotations

import re
from collections.abc import Callable

from randaemon.ran.cmedit import fdn, terms
from randaemon.ran.cmedit.command import (
    Action,
    CmeditError,
    Command,
    Cond,
    Create,
    Criteria,
    Delete,
    Describe,
    Export,
    Get,
    Import,
    Option,
    Scope,
    Set,
    Target,
)
from randaemon.ran.cmedit.words import Piece, options_of, split

#: Options that say what a scope is, as typed (lower case) → itself.
_SCOPE_KINDS = ("-co", "--collection", "-n", "--node", "-sa", "--savedsearch")
_SHOW = {"t": 0, "table": 0, "l": 0, "list": 0}
_MODEL = {"ns": 1, "namespace": 1, "v": 1, "version": 1, "ne": 1, "netype": 1}
_CHANGE = {"force": 0, "preview": 0, **_SHOW, **_MODEL}
_ARITY: dict[str, dict[str, int]] = {
    "get": {
        "d": 0, "dynamic": 0, "s": 0, "syncstatus": 0, "dn": 0, "detailnode": 0, "cn": 0, "count": 0,
        "attr": 1, "attribute": 1, "output": 2, **_SHOW, **_MODEL,
    },
    "set": _CHANGE,
    "create": _CHANGE,
    "delete": {"all": 0, **_CHANGE},
    "action": _CHANGE,
    "describe": {**_SHOW, **_MODEL},
    "import": {
        "f": 1, "file": 1, "ft": 1, "filetype": 1, "t": 1, "target": 1, "nc": 0, "e": 1, "error": 1, "validate": 1,
        "st": 0, "status": 0, "j": 1, "job": 1, "retry": 0, "v": 0, "verbose": 0,
    },
    "export": {
        "n": 1, "ne": 1, "netype": 1, "ft": 1, "filetype": 1, "s": 1, "source": 1, "jn": 1, "jobname": 1, "fn": 1,
        "filtername": 1, "fc": 1, "filecompression": 1, "f": 1, "c": 1, "st": 0, "status": 0, "j": 1, "job": 1,
        "dl": 0, "download": 0, "rm": 0, "v": 0, "verbose": 0,
    },
}  # fmt: skip
_SCOPE_ITEM = re.compile(r"[^\s,;=\"()\[\]{}]++\Z")
_MAX_FDNS = 400


def parse(text: str) -> Command:
    """Read one command; raises CmeditError with the position of what is wrong, and nothing else."""
    pieces = split(text)
    if not pieces or pieces[0].text != "cmedit":
        raise CmeditError("a command begins with 'cmedit'", 0)
    if len(pieces) < 2:
        raise CmeditError("a verb is missing", len(text), hint=f"one of {', '.join(_ARITY)}")
    verb = pieces[1]
    if verb.text not in _VERBS:
        raise CmeditError(f"'{verb.text[:40]}' is no verb of cmedit", verb.position, hint=f"one of {', '.join(_ARITY)}")
    return _VERBS[verb.text](verb, pieces[2:])


def _get(verb: Piece, pieces: list[Piece]) -> Command:
    target, rest, options = _targeted(verb, pieces)
    if len(rest) > 2:
        raise CmeditError("get takes criteria and one attribute filter", rest[2].position)
    return Get(target, tuple(terms.criteria(piece) for piece in rest), options)


def _set(verb: Piece, pieces: list[Piece]) -> Command:
    target, rest, options = _targeted(verb, pieces)
    criteria = None
    if not target.is_fdn and rest:
        criteria, rest = terms.criteria(rest[0]), rest[1:]
    return Set(target, criteria, _assigns(verb, rest), options)


def _create(verb: Piece, pieces: list[Piece]) -> Command:
    rest, options = options_of(pieces, _ARITY["create"])
    if not rest:
        raise CmeditError("create needs the full FDN of the new managed object", verb.position)
    _hold_fdn(rest[0].text, rest[0].position, "create needs the full FDN of the new managed object: ")
    return Create(rest[0].text, _assigns(verb, rest[1:]), options)


def _delete(verb: Piece, pieces: list[Piece]) -> Command:
    target, rest, options = _targeted(verb, pieces)
    if len(rest) > 1:
        raise CmeditError("delete takes one criteria", rest[1].position)
    if not rest and not target.is_fdn:
        raise CmeditError("delete needs criteria or an FDN", verb.position)
    return Delete(target, terms.criteria(rest[0]) if rest else None, options)


def _action(verb: Piece, pieces: list[Piece]) -> Command:
    target, rest, options = _targeted(verb, pieces)
    mo = None
    if rest and (not target.is_fdn or len(rest) == 2):
        mo, rest = terms.criteria(rest[0]), rest[1:]
    if len(rest) != 1:
        raise CmeditError("action needs the name of one action", rest[1].position if rest else verb.position)
    name, arguments = terms.call(rest[0])
    return Action(target, mo, name, arguments, options)


def _describe(verb: Piece, pieces: list[Piece]) -> Command:
    rest, options = options_of(pieces, _ARITY["describe"])
    if len(rest) > 1:
        raise CmeditError("describe takes one class", rest[1].position)
    found = terms.criteria(rest[0]) if rest else None
    if found is not None and (len(found.terms) > 1 or found.terms[0].op or found.terms[0].nested):
        raise CmeditError("describe takes Class, Class.attribute or Class.*", rest[0].position)
    if found is None and not _has(options, "netype", "ne"):
        raise CmeditError("describe needs a class or --netype", verb.position)
    return Describe(found.terms[0] if found else None, options)


def _import(verb: Piece, pieces: list[Piece]) -> Command:
    rest, options = options_of(pieces, _ARITY["import"])
    if rest:
        raise CmeditError("import takes options only", rest[0].position)
    job = _has(options, "job", "j") and _has(options, "status", "st", "retry")
    if not (job or _has(options, "status", "st") or (_has(options, "file", "f") and _has(options, "filetype", "ft"))):
        raise CmeditError("import needs --file and --filetype, or the state of a job", verb.position)
    return Import(options)


def _export(verb: Piece, pieces: list[Piece]) -> Command:
    rest, options = options_of(pieces, _ARITY["export"])
    if len(rest) > 1:
        raise CmeditError("export takes one scope", rest[1].position)
    about_job = _has(options, "status", "st", "download", "dl", "rm")
    if not rest and not about_job and not _has(options, "n", "ne", "netype"):
        raise CmeditError("export needs nodes (-n), a node type (--netype) or a job", verb.position)
    return Export(";".join(_scope(rest[0], "").items) if rest else "", options)


_VERBS: dict[str, Callable[[Piece, list[Piece]], Command]] = {
    "get": _get,
    "set": _set,
    "create": _create,
    "delete": _delete,
    "action": _action,
    "describe": _describe,
    "import": _import,
    "export": _export,
}


# --- Parts --------------------------------------------------------------------------------------------------------


def _targeted(verb: Piece, pieces: list[Piece]) -> tuple[Target, list[Piece], tuple[Option, ...]]:
    """Part a verb's words into target, the positional rest and options."""
    words, scopes, conds = _scoped(pieces)
    rest, options = options_of(words, _ARITY[verb.text])
    if not scopes:
        if not rest:
            raise CmeditError(f"{verb.text} needs a target", verb.position)
        scopes, rest = [_scope(rest[0], "")], rest[1:]
    return Target(tuple(scopes), conds), rest, options


def _scoped(pieces: list[Piece]) -> tuple[list[Piece], list[Scope], tuple[Cond, ...]]:
    """Take `-co NAME`, `-n NAME`, `-sa NAME` and `--scopefilter (…)` out of the words."""
    words: list[Piece] = []
    scopes: list[Scope] = []
    conds: tuple[Cond, ...] = ()
    index = 0
    while index < len(pieces):
        piece, index = pieces[index], index + 1
        kind = piece.text.lower()
        if kind not in _SCOPE_KINDS and kind != "--scopefilter":
            words.append(piece)
            continue
        if index == len(pieces):
            raise CmeditError(f"{piece.text} needs a value", piece.position)
        if kind == "--scopefilter":
            conds = terms.conditions(pieces[index])
        else:
            scopes.append(_scope(pieces[index], piece.text))
        index += 1
    return words, scopes, conds


def _scope(piece: Piece, kind: str) -> Scope:
    items = tuple(_unquoted_split(piece.text))
    if len(items) > _MAX_FDNS:
        raise CmeditError(f"a scope names at most {_MAX_FDNS} objects", piece.position)
    position = piece.position
    for item in items:
        if not (_SCOPE_ITEM.match(item) or (item[:1] == item[-1:] == '"' and len(item) > 2)):
            if "=" not in item:
                raise CmeditError(f"'{item[:40]}' is no node, collection or FDN", position)
            _hold_fdn(item, position)
        elif "*" in item[1:-1] and "=" not in item:
            raise CmeditError(f"in '{item[:40]}' a * stands at the beginning or the end", position)
        position += len(item) + 1
    return Scope(items, kind)


def _hold_fdn(text: str, position: int, why: str = "") -> None:
    wrong = fdn.shape_error(text)
    if wrong:
        raise CmeditError(f"{why}{wrong[0]}", position + wrong[1])


def _unquoted_split(text: str) -> list[str]:
    """Split at `;` outside quotes."""
    parts = [""]
    for index, chunk in enumerate(text.split('"')):
        if index % 2:
            parts[-1] += f'"{chunk}"'
        else:
            first, *others = chunk.split(";")
            parts[-1] += first
            parts.extend(others)
    return parts


def _assigns(verb: Piece, rest: list[Piece]) -> Criteria:
    if not rest:
        raise CmeditError(f"{verb.text} needs attribute=value", verb.position)
    if len(rest) > 1:
        raise CmeditError("assignments are parted by commas", rest[1].position)
    return terms.assigns(rest[0])


def _has(options: tuple[Option, ...], *names: str) -> bool:
    return any(option.name in names for option in options)
