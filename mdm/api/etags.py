"""ETags of golden records: the version, and a digest of what this caller was shown."""

import hashlib
import re
from typing import Any

import orjson

from mdm.api.problems import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"v(\d+)-[0-9a-f]+"')


def of(version: int, answer: Any) -> str:
    """The ETag of an answer about a golden record at a version."""
    digest = hashlib.blake2b(orjson.dumps(answer, default=str), digest_size=8).hexdigest()
    return f'"v{version}-{digest}"'


def check(if_match: str | None, version: int) -> None:
    """Raises PreconditionFailed unless the header names an ETag of that version; without it, never.

    Digests are not compared: what two callers are shown differs, and both may write.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if version not in {int(found) for found in _TAG.findall(if_match)}:
        raise PreconditionFailed(f"It is at version {version} now; you looked at another one.")
