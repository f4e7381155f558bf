"""Criteria, conditions, assignments and values: the part of the grammar that lives inside one word."""

from __future__ import annotations

import re

from randaemon.ran.cmedit.command import CmeditError, Cond, Criteria, Listed, Quoted, Struct, Value, Word
from randaemon.ran.cmedit.words import CLOSING, Piece

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*+(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*+|\*|<(?:cm|pm|p|w|m)>))*+|\*")
_COMPARE = re.compile(r"==|!=|<=|>=|!<|!>|~~|~&|<|>")
_ASSIGN = re.compile(r"=(?!=)|:")
_SPACE = re.compile(r"\s*+")
_BARE = re.compile(r"(?:<[A-Za-z][A-Za-z0-9_ -]{0,40}>|[^\s,;()\[\]{}\"<>=!~&|])++")
_REFERENCE = re.compile(r"[A-Z][A-Za-z0-9]*+=(?!=)")
_JOINERS = ("&&", "||", ",")
_ORDER = frozenset({"<", ">", "<=", ">=", "!<", "!>"})
_WHOLE = re.compile(r"[-+]?\d+\Z|<[^<>]*>\Z")  # or a placeholder
_LIST_OPS = frozenset({"~~", "~&"})


def criteria(piece: Piece) -> Criteria:
    """`Class`, `Class=id`, `Class.attr==v`, `Class.(a,b==v)`; several parted by `,` (parent, child) or `;` (or)."""
    return _Reader(piece).sequence(assigning=False)


def assigns(piece: Piece) -> Criteria:
    """`attr=value`, `Class.attr:value`; several parted by `,` or `;`."""
    return _Reader(piece).sequence(assigning=True)


def conditions(piece: Piece) -> tuple[Cond, ...]:
    """The conditions of `--scopefilter (a==1 AND b==2)`."""
    return _Reader(piece).conjunction()


def call(piece: Piece) -> tuple[str, Criteria | None]:
    """`name` or `name.(param=value,…)` of an action."""
    reader = _Reader(piece)
    name = reader.name("the name of an action")
    if reader.done:
        return name, None
    reader.expect(".(")
    arguments = reader.members(")", assigning=True)
    reader.finish()
    return name, Criteria(arguments, (",",) * (len(arguments) - 1))


class _Reader:
    """A cursor over one word."""

    def __init__(self, piece: Piece) -> None:
        self.text = piece.text
        self.offset = piece.position
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def sequence(self, *, assigning: bool) -> Criteria:
        """Terms up to the end of the word."""
        terms, joiners = [self.term(assigning=assigning, top=True)], []
        while not self.done:
            if self.text[self.at] not in ",;":
                raise self.error(f"'{self.text[self.at]}' is not expected here")
            joiners.append(self.text[self.at])
            self.at += 1
            terms.append(self.term(assigning=assigning, top=True))
        return Criteria(tuple(terms), tuple(joiners))

    def conjunction(self) -> tuple[Cond, ...]:
        """Conditions in parentheses, joined by AND."""
        if not self.eat("("):
            raise self.error("--scopefilter needs its condition in parentheses")
        found = [self.term(assigning=False, top=False)]
        while not self.eat(")"):
            if self.eat("AND ") or self.eat("&& "):
                found.append(self.term(assigning=False, top=False))
            else:
                raise self.error("conditions are joined by AND")
        self.finish()
        if any(not cond.op and not cond.nested for cond in found):
            raise self.error("a scope filter compares an attribute with a value")
        return tuple(found)

    def term(self, *, assigning: bool, top: bool) -> Cond:
        """One condition or assignment; `top` terms may name an instance (`Class=id`)."""
        self.space()
        position = self.offset + self.at
        path = self.name("the name of a class or attribute")
        brackets = self.opening()
        if brackets:
            nested = self.nested(brackets, assigning=assigning)
            self.space()
            return Cond(path, nested=nested, brackets=brackets, position=position)
        op = self.operator(path, assigning=assigning, top=top)
        start, value = self.at, self.value(op) if op else None
        self.hold(op, value, start)
        self.space()
        return Cond(path, op, value, position=position)

    def hold(self, op: str, value: Value | None, start: int) -> None:
        """Whole numbers only are larger or smaller, and nothing is unlike a pattern."""
        text = value.text if isinstance(value, Word | Quoted) else ""
        if op in _ORDER and not _WHOLE.match(text):
            raise CmeditError(f"'{op}' compares whole numbers", self.offset + start)
        if op == "!=" and "*" in text:
            raise CmeditError("'!=' compares with one value, not with a pattern", self.offset + start)

    def name(self, what: str) -> str:
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise self.error(f"{what} is expected here")
        self.at = found.end()
        return found[0]

    def opening(self) -> str:
        """The brackets of nested conditions: `.(`, `.{` or `.[{`; "" when none follow."""
        for mark, brackets in ((".(", "()"), (".{", "{}"), (".[{", "[{}]")):
            if self.eat(mark):
                return brackets
        return ""

    def nested(self, brackets: str, *, assigning: bool) -> tuple[Cond, ...]:
        found = self.members(")" if brackets == "()" else "}", assigning=assigning)
        if brackets == "[{}]":
            self.expect("]")
        return found

    def members(self, closing: str, *, assigning: bool) -> tuple[Cond, ...]:
        """Terms up to a closing bracket; at least one."""
        found = [self.term(assigning=assigning, top=False)]
        while not self.eat(closing):
            if not (self.eat(",") or (assigning and self.eat(";"))):
                raise self.error("',' or a closing bracket is expected here")
            found.append(self.term(assigning=assigning, top=False))
        return tuple(found)

    def operator(self, path: str, *, assigning: bool, top: bool) -> str:
        self.space()
        if assigning:
            found = _ASSIGN.match(self.text, self.at)
            if found is None:
                raise self.error("an assignment is written attribute=value")
            self.at = found.end()
            return "="
        found = _COMPARE.match(self.text, self.at)
        if found:
            self.at = found.end()
            return found[0]
        if self.text.startswith("=", self.at):
            if not top or "." in path:
                raise self.error("a comparison is written '==', not '='")
            self.at += 1
            return "="
        return ""

    def value(self, op: str) -> Value:
        self.space()
        letter = self.text[self.at : self.at + 1]
        if letter == '"':
            return self.quoted()
        if letter == "[":
            return self.listed(comparing=op in _LIST_OPS)
        if letter in ("{", "("):
            return self.struct(letter, assigning=op == "=")
        if op in _LIST_OPS:
            raise self.error(f"'{op}' needs a list in square brackets")
        return self.bare(reference=op == "=")

    def quoted(self) -> Quoted:
        end = self.text.find('"', self.at + 1)
        if end < 0:
            raise self.error("a quote is not closed")
        text = self.text[self.at + 1 : end]
        self.at = end + 1
        return Quoted(text)

    def listed(self, *, comparing: bool) -> Listed:
        """`[a,b]`; in list conditions `&&` and `||` part the items, never mixed."""
        self.expect("[")
        if self.eat("]"):
            return Listed(())
        items, joiner = [self.item(comparing=comparing)], ""
        while not self.eat("]"):
            mark = next((each for each in _JOINERS if self.eat(each)), "")
            if not mark or (joiner and mark != joiner):
                raise self.error("list items are parted by ',', '&&' or '||', never mixed")
            joiner = mark
            items.append(self.item(comparing=comparing))
        return Listed(tuple(items), joiner or ",")

    def item(self, *, comparing: bool) -> Value:
        self.space()
        if comparing and self.text.startswith("{", self.at):
            found: Value = self.struct("{", assigning=False)
        else:
            found = self.value("==")
        self.space()
        return found

    def struct(self, letter: str, *, assigning: bool) -> Struct:
        self.expect(letter)
        inside = self.text[self.at : self.text.find(CLOSING[letter], self.at)]
        # `ENodeBFunction.eNodeBPlmnId=={mcc=271,mnc=27}` compares a struct whose members are written with `=`
        written = assigning or "==" not in inside
        return Struct(self.members(CLOSING[letter], assigning=written), letter + CLOSING[letter])

    def bare(self, *, reference: bool) -> Word:
        start = self.at
        if reference:
            self.at = self.reference_end()
        if self.at == start:
            found = _BARE.match(self.text, self.at)
            if found is None:
                raise self.error("a value is expected here")
            self.at = found.end()
        return Word(self.text[start : self.at])

    def reference_end(self) -> int:
        """An unquoted FDN as value: `ref=SubNetwork=A,MeContext=B` runs on while RDNs follow."""
        end, comma = self.at, 0
        while start := _REFERENCE.match(self.text, end + comma):
            found = _BARE.match(self.text, start.end())
            if found is None or (comma and self.text[end] != ","):
                break
            end, comma = found.end(), 1
        return end

    def eat(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.eat(mark):
            raise self.error(f"'{mark}' is expected here")

    def space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        if found:
            self.at = found.end()

    def finish(self) -> None:
        if not self.done:
            raise self.error(f"'{self.text[self.at]}' is not expected here")

    def error(self, message: str) -> CmeditError:
        return CmeditError(message, self.offset + self.at)
