"""ETags of golden records: which one, its version, and a digest of what this caller was shown."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.utils.http import parse_etags

from mdm.api.problems import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"v([0-9]{1,10})-([0-9a-f]{32})-[0-9a-f]+"')


def of(golden_id: UUID, version: int, answer: Any) -> str:
    """The ETag of an answer about a golden record at a version."""
    digest = hashlib.blake2b(orjson.dumps(answer, default=str), digest_size=8).hexdigest()
    return f'"v{version}-{golden_id.hex}-{digest}"'


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether the header names the ETag, so that the caller has the answer already."""
    known = parse_etags(if_none_match)
    return known == ["*"] or etag in (each.removeprefix("W/") for each in known)


def check(if_match: str, stand: Mapping[UUID, int | None]) -> None:
    """Raises PreconditionFailed unless golden records stand at the versions that the header names.

    It names one of them at least; those that it does not name are not looked at. Digests are not
    compared: what two callers are shown differs, and both may write. The version is None of a
    golden record that was merged away.
    """
    seen = _versions(if_match)
    whichever = if_match.strip() == "*"
    named = {id_: version for id_, version in stand.items() if whichever or id_ in seen}
    if not named:
        raise PreconditionFailed("If-Match names nothing that this would change.")
    for id_, version in named.items():
        if version is None:
            raise PreconditionFailed(f"{id_} was merged into another one; you looked before.")
        if not whichever and version not in seen[id_]:
            raise PreconditionFailed(
                f"{id_} is at version {version} now; you looked at another one."
            )


def _versions(if_match: str) -> dict[UUID, set[int]]:
    """The versions that a header names, by golden id."""
    seen: dict[UUID, set[int]] = defaultdict(set)
    for version, id_ in _TAG.findall(if_match):
        seen[UUID(id_)].add(int(version))
    return seen
