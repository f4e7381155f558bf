"""Which events deserve a message on the desktop, its wording, and when it is shown. Pure.

`message` words one event; a `Desk` holds what was worded until it may be shown: grouped when there is much, after the
quiet hours, and what repeats itself once in a while only. Events carry ids, names, counts and codes, never document
text, so a message cannot leak any.
"""

from __future__ import annotations

from randaemon.notify.desk import Desk, Manners
from randaemon.notify.wording import KINDS, Message, Urgency, message

__all__ = ["KINDS", "Desk", "Manners", "Message", "Urgency", "message"]
