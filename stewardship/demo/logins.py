"""The demo's people and its machine: made once, with random passwords kept in a private file."""

import json
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.utils import timezone

from mdm.governance.keys import hash_key, mint_key
from mdm.models import ApiClient

ROLES = (
    "viewer", "steward", "domain-owner", "finance", "integrator", "auditor", "administrator"
)  # fmt: skip
API_CLIENT = "demo"
_SCOPES = ["*:read", "see:internal", "see:personal", "see:restricted", "feeds:read"]


def ensure() -> dict[str, str]:
    """The password of each login, and the API key of the machine; stable over runs."""
    path = settings.STATE_DIRECTORY / "demo-logins.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    for role in ROLES:
        kept.setdefault(role, secrets.token_urlsafe(9))
        _ensure_person(role, kept[role])
    kept.setdefault("API key", mint_key()[0])
    ApiClient.objects.update_or_create(
        name=API_CLIENT,
        defaults={"key_hash": hash_key(kept["API key"]), "scopes": _SCOPES},
        create_defaults={
            "key_hash": hash_key(kept["API key"]),
            "scopes": _SCOPES,
            "created_at": timezone.now(),
        },
    )
    _write_private(path, json.dumps(kept))
    return kept


def _ensure_person(role: str, password: str) -> None:
    administers = role == "administrator"
    person, _ = User.objects.update_or_create(
        username=role, defaults={"is_staff": administers, "is_superuser": administers}
    )
    if not person.check_password(password):
        person.set_password(password)
        person.save()
    if not administers:
        person.groups.set([Group.objects.get(name=role)])


def _write_private(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(content)
