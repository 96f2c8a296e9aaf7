"""Roles as Django groups, kept in step with what the hub declares."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from mdm.governance import access
from mdm.models import GoldenRecord


@transaction.atomic
def ensure() -> dict[str, int]:
    """Create or update every permission and role; returns how many permissions each role has."""
    content_type = ContentType.objects.get_for_model(GoldenRecord)
    known = {
        codename: Permission.objects.update_or_create(
            content_type=content_type, codename=codename, defaults={"name": words}
        )[0]
        for permission, words in access.permissions().items()
        for codename in [permission.removeprefix("mdm.")]
    }
    for role, permissions in access.roles().items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(known[each.removeprefix("mdm.")] for each in permissions)
    return {role: len(permissions) for role, permissions in access.roles().items()}
