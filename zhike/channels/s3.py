"""An S3-compatible store (AWS, MinIO, 阿里云 OSS, 腾讯云 COS, Ceph …): put a file there, fetch it, take it away, list.

Requests are signed with AWS Signature Version 4. Large files go in parts, so that nothing is held in memory and a line that
breaks loses one part only. Redirects are not followed."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, unescape

from zhike.kernel.clock import now
from zhike.kernel.errors import Refused
from zhike.kernel.words import _

PART = 64 * 1024 * 1024
TIMEOUT = 60
TRIES = 3
NAMED_HOSTS = ("amazonaws.com", "amazonaws.com.cn", "aliyuncs.com", "myqcloud.com", "myhuaweicloud.com", "volces.com")
MOST_ANSWER = 1024 * 1024
EMPTY = hashlib.sha256(b"").hexdigest()


class NotStored(Refused):
    """The store did not take it; the text says why."""

    status = 502
    code = "not-stored"
    title = _("The store did not take it")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where files go: the store's address, a bucket of it, a region, and a key pair."""

    address: str
    bucket: str
    region: str
    access: str
    secret: str
    timeout: int = TIMEOUT

    def put(self, name: str, path: Path) -> None:
        """Send a file. It is there whole or not at all. Raises NotStored."""
        if path.stat().st_size <= PART:
            self._ask("PUT", name, body=path.read_bytes())
            return
        found = re.search(r"<UploadId>([^<]+)</UploadId>", self._ask("POST", name, "uploads=")[1])
        if found is None:
            raise NotStored(_("{host} does not answer as a store does.").with_(host=self._host))
        upload = found.group(1)
        try:
            with open(path, "rb") as source:
                tags = self._parts(name, upload, source)
            listed = "".join(
                f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
                for number, tag in enumerate(tags, start=1)
            )
            body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
            said = self._ask("POST", name, f"uploadId={quote(upload, safe='')}", body)[1]
            if "<Error>" in said:
                raise NotStored(_("{host} answered: {reason}").with_(host=self._host, reason=_reason(said)))
        except BaseException:
            self._ask("DELETE", name, f"uploadId={quote(upload, safe='')}", good=(204, 404))
            raise

    def remove(self, name: str) -> None:
        """Take a file away; one that is gone already is fine. Raises NotStored."""
        self._ask("DELETE", name, good=(200, 204, 404))

    def size(self, name: str) -> int | None:
        """How large a file there is; None when there is none. Raises NotStored."""
        status, said = self._ask("HEAD", name, good=(200, 404))
        return int(said) if status == 200 else None

    def get(self, name: str, start: int = 0) -> http.client.HTTPResponse | None:
        """A file's bytes from ``start`` on, as they come; None when there is none. The caller closes it. Raises NotStored."""
        for turn in range(TRIES):
            link = self._link()
            try:
                headers = self._signed("GET", self._path(name), "", b"")
                link.request(
                    "GET", self._path(name), headers={**headers, "Range": f"bytes={start}-"} if start else headers
                )
                answer = link.getresponse()
                if answer.status == (206 if start else 200):
                    return answer  # it holds the line by itself
                said = answer.read(MOST_ANSWER).decode("utf-8", "replace")
            except (OSError, http.client.HTTPException) as error:
                link.close()
                if turn == TRIES - 1:
                    raise self._unreached(error) from error
                continue
            link.close()
            if answer.status == 404 and "NoSuchBucket" not in said:
                return None
            raise self._refused(answer, said)
        raise AssertionError(TRIES)

    def listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Every file whose name begins so, and its size, in the order of names. Raises NotStored."""
        after = ""
        while True:
            start = f"&start-after={quote(after, safe='')}" if after else ""
            said = self._ask("GET", "", f"list-type=2&prefix={quote(prefix, safe='')}{start}")[1]
            found = [
                (unescape(key), int(size))
                for key, size in re.findall(r"<Contents>.*?<Key>([^<]*)</Key>.*?<Size>(\d+)</Size>", said, re.DOTALL)
            ]
            yield from found
            if not found or "<IsTruncated>true</IsTruncated>" not in said:
                return
            after = found[-1][0]

    def _parts(self, name: str, upload: str, source: BinaryIO) -> list[str]:
        tags: list[str] = []
        while piece := source.read(PART):
            query = f"partNumber={len(tags) + 1}&uploadId={quote(upload, safe='')}"
            tags.append(self._ask("PUT", name, query, piece)[1])
        return tags

    @property
    def _host(self) -> str:
        parts = urlsplit(self.address)
        named = (parts.hostname or "").endswith(NAMED_HOSTS)
        return f"{self.bucket}.{parts.netloc}" if named else parts.netloc

    def _path(self, name: str) -> str:
        parts = urlsplit(self.address)
        inside = "" if self._host != parts.netloc else f"/{quote(self.bucket)}"
        return f"{parts.path.rstrip('/')}{inside}/{quote(name)}"

    def _ask(
        self, method: str, name: str, query: str = "", body: bytes = b"", good: tuple[int, ...] = (200,)
    ) -> tuple[int, str]:
        """One request, again when the line breaks; answers its status and what matters of the answer: the size for HEAD,
        the tag for PUT, else the text."""
        for turn in range(TRIES):
            try:
                return self._once(method, name, query, body, good)
            except (OSError, http.client.HTTPException) as error:
                if turn == TRIES - 1:
                    raise self._unreached(error) from error
        raise AssertionError(TRIES)

    def _once(self, method: str, name: str, query: str, body: bytes, good: tuple[int, ...]) -> tuple[int, str]:
        link = self._link()
        try:
            path = self._path(name)
            link.request(method, f"{path}?{query}" if query else path, body, self._signed(method, path, query, body))
            answer = link.getresponse()
            said = answer.read(MOST_ANSWER).decode("utf-8", "replace")
            if answer.status not in good:
                raise self._refused(answer, said)
            if method == "HEAD":
                return answer.status, answer.headers.get("Content-Length", "0")
            return answer.status, answer.headers.get("ETag", "") if method == "PUT" else said
        finally:
            link.close()

    def _link(self) -> http.client.HTTPConnection:
        secure = urlsplit(self.address).scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._host, timeout=self.timeout)

    def _unreached(self, error: Exception) -> NotStored:
        return NotStored(_("{host} cannot be reached: {reason}").with_(host=self._host, reason=error))

    def _refused(self, answer: http.client.HTTPResponse, said: str) -> NotStored:
        reason = f"{answer.status} {_reason(said) or answer.reason}"
        return NotStored(_("{host} answered: {reason}").with_(host=self._host, reason=reason))

    def _signed(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        at = now().strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest() if body else EMPTY
        headers = {"host": self._host, "x-amz-content-sha256": digest, "x-amz-date": at}
        return {
            "X-Amz-Content-Sha256": digest,
            "X-Amz-Date": at,
            "Content-Length": str(len(body)),
            "Authorization": authorization(
                method, path, query, headers, digest, at, self.region, self.access, self.secret
            ),
        }


def authorization(
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    digest: str,
    at: str,
    region: str,
    access: str,
    secret: str,
) -> str:
    """The Authorization header of a request; ``headers`` by lower-case name, ``query`` encoded already."""
    ordered = "&".join(sorted(query.split("&"))) if query else ""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"{method}\n{path}\n{ordered}\n{lines}\n{names}\n{digest}"
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (at[:8], region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    sign = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={access}/{scope},SignedHeaders={names},Signature={sign}"


def _reason(said: str) -> str:
    found = re.search(r"<Code>([^<]{1,100})</Code>", said)
    more = re.search(r"<Message>([^<]{1,200})</Message>", said)
    return " ".join(one.group(1) for one in (found, more) if one)
