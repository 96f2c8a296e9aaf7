"""Golden records: made, rebuilt from their facts, merged, separated. Nothing else writes them."""

from mdm.golden.building import attach, create, rebuild
from mdm.golden.linking import Link, fed_by, links_of, members_of
from mdm.golden.merging import (
    Merge,
    MergeRefusedError,
    SeparationRefusedError,
    merge,
    put_back,
    separate,
)

__all__ = [
    "Link",
    "Merge",
    "MergeRefusedError",
    "SeparationRefusedError",
    "attach",
    "create",
    "fed_by",
    "links_of",
    "members_of",
    "merge",
    "put_back",
    "rebuild",
    "separate",
]
