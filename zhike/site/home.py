"""The folder a company's data lives in, and the one way to start Django on it.

A home holds ``zhike.db`` (unless the data is in PostgreSQL), ``zhike.key`` (the master key, made by the vault),
``secret`` (signs cookies and forms), ``files/``, ``logs/`` and, if somebody wrote one, ``zhike.toml``.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

from zhike.kernel.errors import Refused
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.site.sqlite import has_table
from zhike.store.ciphers import AES, SUITES, suite_works

HOME = "ZHIKE_HOME"
DATABASE = "ZHIKE_DATABASE"
SQLITE = "sqlite"
SETTINGS = "zhike.site.settings"
POSTGRESQL = ("postgresql://", "postgres://")
SEVERAL_HOSTS = {
    "target_session_attrs": "read-write", "connect_timeout": 3, "keepalives_idle": 3, "keepalives_interval": 2,
    "keepalives_count": 2, "tcp_user_timeout": 7000,
}  # fmt: skip
"""Of several servers the one that takes writes is used; one whose machine is gone is given up within seconds."""
FOLDER = "folder"
BROKERS = ("redis://", "rediss://", "amqp://", "amqps://")

_psycopg: Any = LazyModule("psycopg")
_conninfo: Any = LazyModule("psycopg.conninfo")
_standing_on: list[Path] = []


class WrongHome(Refused):
    """The home cannot be used as it is; the text says why."""

    code = "wrong-home"
    title = _("This data folder cannot be used")


@dataclass(frozen=True)
class Home:
    """Where everything of one installation lies. Nothing is written until something is needed."""

    path: Path

    @classmethod
    def here(cls) -> Home:
        """The home named by ``ZHIKE_HOME``, else ``home`` in the current folder."""
        return cls(Path(os.environ.get(HOME) or "home").expanduser().resolve())

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "zhike.db"

    @property
    def secret(self) -> Path:
        """The file whose text signs cookies and forms."""
        return self.path / "secret"

    @property
    def key(self) -> Path:
        """The vault's master key file."""
        return self.path / "zhike.key"

    @property
    def files(self) -> Path:
        """The folder of encrypted uploads."""
        return self.path / "files"

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.path / "logs"

    @cached_property
    def options(self) -> dict[str, Any]:
        """What ``zhike.toml`` says; empty without one. Raises WrongHome when it cannot be read."""
        try:
            return tomllib.loads((self.path / "zhike.toml").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            text = _("{path} cannot be read: {reason}").with_(path=self.path / "zhike.toml", reason=error)
            raise WrongHome(text) from error

    @property
    def database_url(self) -> str:
        """``postgresql://…`` from ``ZHIKE_DATABASE`` or ``database`` in ``zhike.toml``; "" for the SQLite file (also when
        one of them says ``sqlite``)."""
        found = os.environ.get(DATABASE) or str(self.options.get("database", ""))
        if found == SQLITE:
            return ""
        if found and not found.startswith(POSTGRESQL):
            raise WrongHome(_("Give the database as postgresql://user@host:port/name."))
        return found

    def option(self, name: str, otherwise: Any) -> Any:
        """A setting from the environment (``hosts`` is ``ZHIKE_HOSTS``; lists by commas), else from ``zhike.toml``."""
        said = os.environ.get(f"ZHIKE_{name.upper()}")
        if said is None:
            return self.options.get(name, otherwise)
        if isinstance(otherwise, bool):
            return said.strip().lower() in ("1", "yes", "true", "on")
        if isinstance(otherwise, list):
            return [part.strip() for part in said.split(",") if part.strip()]
        return type(otherwise)(said)

    def is_new(self) -> bool:
        """True while no Zhike database is there, whatever else lies in the folder."""
        if self.database_url:
            with _psycopg.connect(self.database_url, connect_timeout=10) as link:
                return link.execute("SELECT to_regclass('store_counter')").fetchone()[0] is None
        return not has_table(self.database, "store_counter")

    def make(self) -> None:
        """Make the folder, readable by its owner alone. One that is there keeps its mode."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secret_text(self) -> str:
        """The signing secret; made at first use, mode 0600. Two processes starting at once agree on one."""
        with suppress(FileNotFoundError):
            return self._read_secret()
        self.make()
        beside = self.path / f".secret.{secrets.token_hex(6)}"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(beside, self.secret)
        except FileExistsError:
            pass  # the other process was first
        finally:
            beside.unlink()
        return self._read_secret()

    def _read_secret(self) -> str:
        text = self.secret.read_text(encoding="ascii").strip()
        if len(text) < 32:
            damaged = _("{path} is damaged. Remove it: everybody has to sign in again, nothing else is lost.")
            raise WrongHome(damaged.with_(path=self.secret))
        return text


def configure(home: Home | Path | str) -> Home:
    """Start Django on a home: the one way for the command line, the server and the tests. Once per process.

    Raises WrongHome when Django already stands on another home, or when this one cannot be used.
    """
    wanted = home if isinstance(home, Home) else Home(Path(home).expanduser().resolve())
    if _standing_on and _standing_on[0] != wanted.path:
        raise WrongHome(_("This process already works on {path}.").with_(path=_standing_on[0]))
    os.umask(0o077)  # whatever this process makes is its owner's alone
    os.environ[HOME] = str(wanted.path)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    _standing_on[:] = [wanted.path]
    django.setup()
    return wanted


def cipher_of(home: Home) -> str:
    """How secrets of a new home are sealed: ``cipher`` in ``zhike.toml`` or ZHIKE_CIPHER; "aes" unless said otherwise."""
    said = str(home.option("cipher", AES)).lower()
    if said not in SUITES:
        raise WrongHome(_("The cipher is one of {names}.").with_(names=", ".join(SUITES)))
    if said != AES and not suite_works(said):
        raise WrongHome(_("This machine's OpenSSL has no SM4."))
    return said


def tasks_settings(home: Home) -> dict[str, Any]:
    """Django's entry for what carries jobs to workers: ``broker`` in ``zhike.toml`` or ZHIKE_BROKER; the database without."""
    broker = str(home.option("broker", ""))
    if not broker:
        return {"BACKEND": "zhike.records.jobs.backends.TableBackend"}
    if not broker.startswith(BROKERS):
        raise WrongHome(_("Give the broker as redis://host:6379/0 or amqp://user@host:5672/name."))
    if find_spec("celery") is None:
        raise WrongHome(_("A broker needs Celery: pip install 'zhike[celery]'"))
    return {"BACKEND": "zhike.channels.broker.CeleryBackend", "OPTIONS": {"broker": broker}}


def files_settings(home: Home, files: str | None = None) -> dict[str, Any]:
    """What keeps uploads: the home's folder, or the bucket that ``files`` in ``zhike.toml`` or ZHIKE_FILES names as
    ``https://host/bucket/prefix``, with ``files_region``, ``files_access`` and ``files_secret``. ``files``: another one."""
    said = str(home.option("files", "")) if files is None else files
    if said in ("", FOLDER):
        return {"BACKEND": "zhike.records.stored.Folder"}
    parts = urlsplit(said)
    bucket, _slash, prefix = parts.path.strip("/").partition("/")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query or not bucket:
        raise WrongHome(_("Give the place of the files as “folder” or as https://host/bucket."))
    access, secret = str(home.option("files_access", "")), str(home.option("files_secret", ""))
    if not (access and secret):
        raise WrongHome(_("The bucket for files needs files_access and files_secret in zhike.toml."))
    return {
        "BACKEND": "zhike.channels.file_bucket.FileBucket",
        "OPTIONS": {
            "address": f"{parts.scheme}://{parts.netloc}", "bucket": bucket, "prefix": f"{prefix}/" if prefix else "",
            "region": str(home.option("files_region", "us-east-1")), "access": access, "secret": secret,
        },
    }  # fmt: skip


def database_settings(home: Home) -> dict[str, Any]:
    """Django's entry for the home's database."""
    return entry_of(home.database_url or home.database)


def replica_settings(home: Home) -> dict[str, Any]:
    """Django's entries for streaming replicas: ``replicas`` in ``zhike.toml`` or ZHIKE_REPLICAS, by commas."""
    urls = [str(one) for one in home.option("replicas", [])]
    if urls and not (home.database_url and all(one.startswith(POSTGRESQL) for one in urls)):
        raise WrongHome(_("Replicas are of a PostgreSQL database, each given as postgresql://user@host:port/name."))
    found = {f"replica{number}": entry_of(url) for number, url in enumerate(urls, start=1)}
    for one in found.values():
        one["OPTIONS"]["connect_timeout"] = 2
    return found


def entry_of(database: str | Path) -> dict[str, Any]:
    """Django's entry for ``postgresql://…`` or a SQLite file."""
    if isinstance(database, str):
        return _postgresql(database)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(database),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; "
                "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=8000; PRAGMA temp_store=MEMORY; "
                "PRAGMA cache_size=-16000"
            ),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        parts: dict[str, Any] = _conninfo.conninfo_to_dict(url)
    except _psycopg.Error as error:
        raise WrongHome(_("This is no address of a database: {reason}").with_(reason=str(error).strip())) from error
    several = SEVERAL_HOSTS if "," in parts.get("host", "") + parts.get("hostaddr", "") else {}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "zhike"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 10, **several, **parts},
    }
