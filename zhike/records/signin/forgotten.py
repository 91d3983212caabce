"""A forgotten password: a link by mail, without telling anybody whether there is such an account."""

from __future__ import annotations

from zhike.access.signin.tries import TooManyTries, count_try, of_account, of_address, of_name
from zhike.kernel.clock import now
from zhike.records.company.invitations import INVITATION
from zhike.records.notices.mails import post
from zhike.records.signin.entry import person_called
from zhike.store.database import write_transaction

FREE = 3
FREE_OF_ADDRESS = 20
NOBODY = 0


def ask_for_link(login: str, address: str = "") -> None:
    """Send a link to a new password to whoever this is; nothing happens for somebody unknown, without an e-mail address
    or asked for too often. The answer is the same and takes the same work: a mail is queued in any case, and one to nobody
    is dropped when it is to be written."""
    person = person_called(login)
    active = person is not None and person.active and bool(person.login)
    asked = "asked:" + (of_account(person.id) if person else of_name(login))[:50]
    try:
        with write_transaction():
            if address:
                count_try("asked:" + of_address(address)[:50], FREE_OF_ADDRESS)
            count_try(asked, FREE)
            to = person.id if person is not None and active else NOBODY
            post(to, INVITATION, {"by": to}, f"forgotten:{asked}:{now().isoformat()}")
    except TooManyTries:
        return
