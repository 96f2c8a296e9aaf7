"""ETags of golden records: the version, and a digest of what this caller was shown."""

import hashlib
import re
from typing import Any

import orjson
from django.utils.http import parse_etags

from mdm.api.problems import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"v([0-9]{1,10})-[0-9a-f]+"')


def of(version: int, answer: Any) -> str:
    """The ETag of an answer about a golden record at a version."""
    digest = hashlib.blake2b(orjson.dumps(answer, default=str), digest_size=8).hexdigest()
    return f'"v{version}-{digest}"'


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether the header names the ETag, so that the caller has the answer already."""
    known = parse_etags(if_none_match)
    return known == ["*"] or etag in (each.removeprefix("W/") for each in known)


def check(if_match: str, version: int | None) -> None:
    """Raises PreconditionFailed unless the header names an ETag of that version.

    Digests are not compared: what two callers are shown differs, and both may write. The version
    is None of a golden record that was merged away.
    """
    if version is None:
        raise PreconditionFailed("It was merged into another one; you looked at it before.")
    if if_match.strip() == "*":
        return
    if version not in {int(found) for found in _TAG.findall(if_match)}:
        raise PreconditionFailed(f"It is at version {version} now; you looked at another one.")
