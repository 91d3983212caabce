"""Mail by SMTP; until a server is named, mails become files in the home's ``mail`` folder."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from django.conf import settings

from zhike.channels.outbound import NotCalled, connected, resolved
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _

SECONDS = 15
SECURITIES = {"starttls": _("STARTTLS (usual on port 587)"), "tls": _("TLS (usual on port 465)"), "none": _("None")}


@dataclass(frozen=True, slots=True)
class Server:
    """How mail is handed over. An empty ``host`` means files in ``folder``."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    folder: Path = Path("mail")


class NotSent(Refused):
    """The mail was not handed over; the text says why. ``final``: another try would end the same way."""

    code = "not-sent"
    title = _("The mail was not sent")

    def __init__(self, text: Words, *, final: bool = False) -> None:
        self.final = final
        super().__init__(text)


def send(server: Server, message: EmailMessage) -> None:
    """Hand one mail over, or write it into the folder under its Message-ID. Raises NotSent."""
    if not server.host:
        _into_folder(server.folder, message)
        return
    try:
        with _connected(server) as session:
            session.send_message(message)
    except NotCalled as problem:
        raise NotSent(problem.problems[0].text, final=True) from problem
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise _not_sent(server, error) from error


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    session: smtplib.SMTP
    if server.security == "tls":
        session = _SecureSession(server.host, server.port, timeout=SECONDS, context=context)
    else:
        session = _Session(server.host, server.port, timeout=SECONDS)
    try:
        if server.security == "starttls":
            session.starttls(context=context)
        if server.user:
            session.login(server.user, server.password)
    except BaseException:
        session.close()
        raise
    return session


class _Session(smtplib.SMTP):
    """A session with the addresses the name stood for when it was looked at."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connected(resolved(host, port, inside=settings.MAIL_INSIDE), port, timeout)


class _SecureSession(smtplib.SMTP_SSL):
    """The same with TLS from the beginning."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = connected(resolved(host, port, inside=settings.MAIL_INSIDE), port, timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


def _not_sent(server: Server, error: Exception) -> NotSent:
    """What went wrong, in words that say what to look at."""
    where = {"host": server.host, "port": server.port}
    final = False
    if isinstance(error, socket.gaierror | UnicodeError):
        text = _("There is no mail server called {host}. Look at the name and at this machine's network.")
    elif isinstance(error, ConnectionRefusedError):
        text = _("{host} refuses connections on port {port}. Look at the port: 587 for STARTTLS, 465 for TLS.")
    elif isinstance(error, TimeoutError):
        text = _("{host} does not answer on port {port}. Look at the port and the firewall.")
    elif isinstance(error, ssl.SSLCertVerificationError):
        text = _("The certificate of {host} cannot be trusted: {reason}.").with_(reason=error.verify_message)
    elif isinstance(error, ssl.SSLError):
        text = _("No secure connection to {host} on port {port}: try the other kind of encryption.")
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        text = _("{host} does not offer what is asked of it: try the other kind of encryption, or no user.")
    elif isinstance(error, smtplib.SMTPAuthenticationError):
        text = _("{host} does not accept this user and password. Some providers want a password made for programs.")
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _said in error.recipients.values()]
        final = all(code >= 500 for code in codes)
        text = _("{host} does not take mail for this address: {reason}.").with_(reason=_said(error))
    elif isinstance(error, smtplib.SMTPSenderRefused):
        text = _("{host} does not let us send as this sender: {reason}.").with_(reason=_said(error))
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        text = _("{host} hung up. Look at the port and the kind of encryption.")
    elif isinstance(error, smtplib.SMTPResponseException):
        final = error.smtp_code >= 550
        text = _("{host} did not take the mail: {reason}.").with_(reason=_said(error))
    else:
        text = _("The mail could not be handed to {host}: {reason}.").with_(reason=str(error)[:200])
    return NotSent(text.with_(**where), final=final)


def _said(error: smtplib.SMTPException) -> str:
    """What the server answered, in one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    else:
        code, words = getattr(error, "smtp_code", 0), getattr(error, "smtp_error", b"")
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return f"{code} {' '.join(text.split())}"[:200]


def _into_folder(folder: Path, message: EmailMessage) -> None:
    name = parseaddr(str(message["Message-ID"]))[1].partition("@")[0] or "mail"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = folder / f".{name}.part"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(message.as_bytes())
        made.replace(folder / f"{name}.eml")
    except OSError as error:
        text = _("The mail could not be written into {folder}: {reason}.")
        raise NotSent(text.with_(folder=folder, reason=error.strerror or error)) from error
