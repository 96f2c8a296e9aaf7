"""A person's permissions in one statement: their own and those of their roles."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class PermissionsAtOnce(BaseBackend):
    """Goes before ModelBackend, which finds what it would have asked two statements for."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return obj is None and perm in self.get_all_permissions(user_obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """As "app.codename"; nothing of whoever may do everything, or is nobody."""
        if obj is not None or not user_obj.is_active or user_obj.is_superuser:
            return set()
        if not hasattr(user_obj, "_perm_cache"):  # where ModelBackend keeps them
            granted = Permission.objects.filter(Q(user=user_obj.pk) | Q(group__user=user_obj.pk))
            named = granted.values_list("content_type__app_label", "codename").order_by()
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in named}
        found: set[str] = user_obj._perm_cache
        return found
