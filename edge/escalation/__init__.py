"""Escalation: who is asked about an alert, when, and on which path, until a named person has it.

A pure function of (alert, plan, what was asked, time). Gateway and desk run the same one, each
with its own record of what it asked; the higher level wins. Nothing here raises an alert,
ends one, or lowers anything: it only asks people.
"""

from edge.escalation.asking import (
    Asking,
    Due,
    Page,
    Paths,
    Side,
    due,
    first_asking,
    joined,
    next_step_ms,
)
from edge.escalation.attention import Attention, attention_for, attention_of
from edge.escalation.hours import is_staffed
from edge.escalation.plan import (
    EscalationPlan,
    PlanLevel,
    PlanRole,
    Recipient,
    decode,
    digest_of,
    encode,
)
from edge.escalation.replies import Answered, Unread, read_reply
from edge.escalation.table import AT_ONCE, Deadlines, deadlines_of

__all__ = [
    "AT_ONCE",
    "Answered",
    "Asking",
    "Attention",
    "Deadlines",
    "Due",
    "EscalationPlan",
    "Page",
    "Paths",
    "PlanLevel",
    "PlanRole",
    "Recipient",
    "Side",
    "Unread",
    "attention_for",
    "attention_of",
    "deadlines_of",
    "decode",
    "digest_of",
    "due",
    "encode",
    "first_asking",
    "is_staffed",
    "joined",
    "next_step_ms",
    "read_reply",
]
