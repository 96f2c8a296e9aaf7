"""manage.py ensure_roles: the roles and their permissions, as the hub declares them."""

from typing import Any

from django.core.management.base import BaseCommand

from mdm.governance import roles


class Command(BaseCommand):
    help = "Creates or updates the roles; run it after a migration or a new domain."

    def handle(self, **_options: Any) -> None:
        for name, count in roles.ensure().items():
            self.stdout.write(f"{name}: {count} permissions")
