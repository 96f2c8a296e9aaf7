"""A rule that forbids every merge, for tests."""

from mdm.vetoes import Veto


def never(domain, groups):
    return [Veto(ids, "never", "nothing merges here") for ids in groups]
