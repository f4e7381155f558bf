"""Commands as values. Nothing here knows how they are written; `parsing` and `rendering` do."""

from __future__ import annotations

from dataclasses import dataclass

from randaemon.errors import RandaemonError


class CmeditError(RandaemonError):
    """A text is not a `cmedit` command; `position` is where in it."""

    code = "E_CMEDIT"

    def __init__(self, message: str, position: int | None = None, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.position = position


# --- Values -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A bare value: `LOCKED`, `-130`, `<VALUE>`, `SubNetwork=A,MeContext=B` as a reference."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A value in double quotes, without them."""

    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """`[a,b]`, or inside a list condition `["a" && "b"]`, `["a" || "b"]`."""

    items: tuple[Value, ...]
    joiner: str = ","


@dataclass(frozen=True, slots=True)
class Struct:
    """`{k=v,…}` or `(k=v,…)`; inside a list condition its members compare (`{k==v}`)."""

    members: tuple[Cond, ...]
    brackets: str = "{}"


Value = Word | Quoted | Listed | Struct


@dataclass(frozen=True, slots=True)
class Cond:
    """`path`, `path op value`, or `path.(…)` with nested conditions. An assignment is one with `=` or `:`."""

    path: str
    op: str = ""
    value: Value | None = None
    nested: tuple[Cond, ...] = ()
    brackets: str = ""  # of the nested conditions: `()`, `{}` or `[{}]`
    position: int = -1  # never compared: two texts of one command differ in it

    @property
    def owner(self) -> str:
        """The class that the path begins with."""
        return self.path.partition(".")[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cond) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.path, self.op, self.value, self.nested, self.brackets)


# --- Parts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """Nodes, collections, saved searches or FDNs; `kind` is the option that says which, "" when none does."""

    items: tuple[str, ...]
    kind: str = ""

    @property
    def is_fdn(self) -> bool:
        """True when it names managed objects by their full distinguished names."""
        return bool(self.items) and all("=" in item for item in self.items)


@dataclass(frozen=True, slots=True)
class Target:
    """What a command works on."""

    scopes: tuple[Scope, ...]
    filter: tuple[Cond, ...] = ()  # of --scopefilter, all of which must hold

    @property
    def is_fdn(self) -> bool:
        """True when the target alone names its managed objects."""
        return all(scope.is_fdn for scope in self.scopes)

    @property
    def fdns(self) -> list[str]:
        """Those of its items that name managed objects in full."""
        return [item for scope in self.scopes for item in scope.items if "=" in item]

    @property
    def last(self) -> str:
        """What it names last: the object itself, where it is one."""
        return self.scopes[-1].items[-1]


@dataclass(frozen=True, slots=True)
class Criteria:
    """Classes with their conditions; `joiners[i]` stands between `terms[i]` and `terms[i + 1]` (`,` or `;`)."""

    terms: tuple[Cond, ...]
    joiners: tuple[str, ...] = ()

    @property
    def last(self) -> Cond:
        """The innermost class: that of the objects which are meant."""
        return self.terms[-1]


@dataclass(frozen=True, slots=True)
class Option:
    """`-t`, `--force`, `-ns=OSS_NE_DEF`, `--output priColl NAME`; `dashed` is the name as typed, with its dashes."""

    dashed: str
    values: tuple[str, ...] = ()
    joined: bool = False  # the value stands after `=`

    @property
    def name(self) -> str:
        """The name in lower case without dashes."""
        return self.dashed.lstrip("-").lower()


# --- Commands -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Get:
    """Read attributes."""

    target: Target
    criteria: tuple[Criteria, ...] = ()  # criteria, then an attribute filter
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Set:
    """Write attributes."""

    target: Target
    criteria: Criteria | None
    assigns: Criteria
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Create:
    """Make one managed object."""

    fdn: str
    assigns: Criteria
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove managed objects."""

    target: Target
    criteria: Criteria | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Call an action of managed objects."""

    target: Target
    mo: Criteria | None  # None when the target is an FDN
    name: str
    arguments: Criteria | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Describe:
    """Show the model of a class or of a node type."""

    subject: Cond | None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """Bulk import from a file, or the state of a job."""

    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Bulk export to a file, or the state of a job."""

    scope: str = ""
    options: tuple[Option, ...] = ()


Command = Get | Set | Create | Delete | Action | Describe | Import | Export
