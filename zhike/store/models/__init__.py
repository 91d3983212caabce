"""System tables: what the engine itself keeps. Only ``store``, ``access`` and ``records`` touch them."""

from __future__ import annotations

from zhike.schema.registry import registry
from zhike.store.customs import refresh
from zhike.store.models.alike import AlikeKey, AlikePair, NotSame
from zhike.store.models.declared import Counter, CustomField, CustomObject, CustomRecord, OptionRow, Setting
from zhike.store.models.log import (
    AuditRow,
    ChangeRow,
    Operation,
    OutboxRow,
    PrivacyCase,
    ReadLog,
    RetentionWarning,
    SettingChange,
    Stay,
)
from zhike.store.models.people import (
    Authenticator,
    Challenge,
    Feed,
    Identity,
    Invitation,
    Login,
    Mark,
    Passkey,
    PersonDay,
    Preference,
    RecoveryCode,
    SignIn,
    SignInTry,
    Token,
)
from zhike.store.models.records import Blob, ExternalId, LinkRow, Once, Redirect, SearchRow, Share, TimelineRow
from zhike.store.models.segments import SegmentHand, SegmentMember, SegmentMove, SegmentState
from zhike.store.models.work import (
<<<<<<< HEAD
    Answer,
=======
    Assigned,
>>>>>>> d8e8c41 (wip)
    ImportMemory,
    ImportRow,
    Job,
    MailRow,
    Notice,
    Rate,
    Reminder,
    Schedule,
    Upload,
    Worker,
)

__all__ = [
    "AlikeKey",
    "AlikePair",
<<<<<<< HEAD
    "Answer",
=======
    "Assigned",
>>>>>>> d8e8c41 (wip)
    "AuditRow",
    "Authenticator",
    "Blob",
    "Challenge",
    "ChangeRow",
    "Counter",
    "CustomField",
    "CustomObject",
    "CustomRecord",
    "ExternalId",
    "Feed",
    "Identity",
    "ImportMemory",
    "ImportRow",
    "Invitation",
    "Job",
    "LinkRow",
    "Login",
    "MailRow",
    "Mark",
    "NotSame",
    "Notice",
    "Once",
    "Operation",
    "OptionRow",
    "OutboxRow",
    "Passkey",
    "PersonDay",
    "Preference",
    "PrivacyCase",
    "Rate",
    "ReadLog",
    "RecoveryCode",
    "Redirect",
    "Reminder",
    "RetentionWarning",
    "Schedule",
    "SearchRow",
    "SegmentHand",
    "SegmentMember",
    "SegmentMove",
    "SegmentState",
    "Setting",
    "SettingChange",
    "Share",
    "SignIn",
    "SignInTry",
    "Stay",
    "TimelineRow",
    "Token",
    "Upload",
    "Worker",
]

registry.on_access(refresh)
