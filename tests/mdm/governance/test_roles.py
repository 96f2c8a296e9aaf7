from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from mdm.domains import ENTITY_TYPES
from mdm.governance import access, roles

pytestmark = pytest.mark.django_db


def held():
    """The permissions of every role."""
    return {
        group.name: {f"mdm.{each.codename}" for each in group.permissions.all()}
        for group in Group.objects.all()
    }


def test_every_role_is_made_with_the_permissions_that_are_declared():
    roles.ensure()

    assert held() == access.roles()


def test_doing_it_twice_changes_nothing():
    roles.ensure()
    before = list(Permission.objects.order_by("pk").values()), list(Group.objects.values())

    roles.ensure()

    assert before == (
        list(Permission.objects.order_by("pk").values()),
        list(Group.objects.values()),
    )


def test_a_role_that_was_tampered_with_is_put_right_and_keeps_its_people():
    roles.ensure()
    viewer = Group.objects.get(name="viewer")
    ann = User.objects.create_user("ann")
    ann.groups.add(viewer)
    viewer.permissions.set(Permission.objects.filter(codename="see_personal"))

    roles.ensure()

    assert held()["viewer"] == access.roles()["viewer"]
    assert User.objects.get(pk=ann.pk).has_perm("mdm.view_client")
    assert not User.objects.get(pk=ann.pk).has_perm("mdm.see_personal")


def test_a_new_domain_is_seen_by_every_role_once_they_are_ensured(monkeypatch):
    roles.ensure()
    monkeypatch.setitem(ENTITY_TYPES, "contract", ENTITY_TYPES["project"])

    roles.ensure()

    assert all("mdm.view_contract" in permissions for permissions in held().values())


def test_a_group_of_the_house_is_left_alone():
    own = Group.objects.create(name="auditors")
    own.permissions.set(Permission.objects.filter(codename="view_user"))

    roles.ensure()

    assert own.permissions.count() == 1


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        ("viewer", "see_internal", ["see_personal", "see_restricted", "view_feeds", "run_feeds"]),
        ("steward", "see_personal", ["release_feeds", "map_feeds", "run_matches"]),
        ("domain-owner", "release_feeds", []),
        ("administrator", "run_matches", ["steward", "decide_in_bulk", "see_personal"]),
        ("auditor", "see_personal", ["run_feeds", "steward", "decide_in_bulk", "run_matches"]),
        ("finance", "see_restricted", ["see_personal", "run_feeds"]),
        ("integrator", "run_feeds", ["see_personal", "see_restricted", "release_feeds"]),
    ],
)
def test_a_role_may_do_no_more_than_its_work_asks_for(role, allowed, refused):
    assert f"mdm.{allowed}" in access.roles()[role]
    assert not access.roles()[role] & {f"mdm.{each}" for each in refused}


def test_the_command_says_how_many_permissions_each_role_has():
    said = StringIO()

    call_command("ensure_roles", stdout=said)

    assert f"viewer: {len(access.roles()['viewer'])} permissions" in said.getvalue()


FIRST, *OTHERS = ENTITY_TYPES


def table_of_roles():
    """What each role may do, in the words of the permissions; of domains those of the first."""
    held = access.roles()
    yield f"| | {' | '.join(held)} |"
    yield f"|---|{'---|' * len(held)}"
    for permission, words in access.permissions().items():
        if not permission.endswith(tuple(f"_{each}" for each in OTHERS)):
            about = words.removeprefix("Can ").replace(
                ENTITY_TYPES[FIRST].plural.lower(), "records"
            )
            marks = ("✓" if permission in permissions else "" for permissions in held.values())
            yield f"| {about} | {' | '.join(marks)} |"


def test_what_a_role_may_do_in_one_domain_it_may_do_in_each():
    for held in access.roles().values():
        verbs = [{each.removesuffix(f"_{domain}") for each in held if each.endswith(f"_{domain}")}
                 for domain in ENTITY_TYPES]  # fmt: skip
        assert all(each == verbs[0] for each in verbs)


def test_the_table_of_roles_is_documented_as_it_is():
    documented = (settings.ROOT / "docs" / "operate.md").read_text(encoding="utf-8")

    assert "\n".join(table_of_roles()) in documented
