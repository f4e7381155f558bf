"""The `cmedit` commands of the network manager's command line: text ⇄ typed command, and what is wrong with one.

    parse(text) → Command          raises CmeditError (a position and a plain sentence), never anything else
    render(command) → text         parse(render(c)) == c
    check(text, model) → problems  grammar, PM counters, and against a managed object model where one is given
    amos(command) → lines          the same in AMOS, as a note
    change_for(item)               read, lock, set, unlock, verify
    commands_for(item)             read, set, feature state, activate, deactivate; every one passes `check`

The grammar is generalised from the help page of `get` and from working commands of operators.
"""

from __future__ import annotations

from randaemon.ran.cmedit.amos import amos
from randaemon.ran.cmedit.checking import Problem, check
from randaemon.ran.cmedit.command import (
    Action,
    CmeditError,
    Command,
    Create,
    Delete,
    Describe,
    Export,
    Get,
    Import,
    Set,
)
from randaemon.ran.cmedit.generating import Generated, change_for, commands_for, placeholder
from randaemon.ran.cmedit.parsing import parse
from randaemon.ran.cmedit.rendering import render

__all__ = [
    "Action",
    "CmeditError",
    "Command",
    "Create",
    "Delete",
    "Describe",
    "Export",
    "Generated",
    "Get",
    "Import",
    "Problem",
    "Set",
    "amos",
    "change_for",
    "check",
    "commands_for",
    "parse",
    "placeholder",
    "render",
]
