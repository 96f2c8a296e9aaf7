"""A small consumer of the changes feed: it knows nothing of the hub but what the feed says."""

from dataclasses import dataclass, field

import orjson

from mdm.bulk import fetch


@dataclass
class Follower:
    """Golden records by id, and golden ids by identifier, as the changes so far say."""

    ask: object
    cursor: str = "0"
    golden: dict = field(default_factory=dict)
    crosswalk: dict = field(default_factory=dict)
    positions: list = field(default_factory=list)
    types: list = field(default_factory=list)

    def follow(self, **query):
        """Reads until there is no more."""
        more = True
        while more:
            answer = self.ask.get("/api/v1/changes", {"after": self.cursor, **query})
            assert answer.status_code == 200, answer.content
            page = answer.json()
            for change in page["changes"]:
                self.apply(change)
            self.cursor, more = page["next"], page["more"]
        return self

    def apply(self, change):
        self.positions.append(int(change["position"]))
        self.types.append(change["type"])
        said = change["data"]
        if "subject" not in change:
            return
        id_ = change["subject"]
        assert said["version"] == self.golden.get(id_, {"version": 0})["version"] + 1
        for each in said["unlinked"]:
            if self.crosswalk.get(key(each)) == id_:
                del self.crosswalk[key(each)]
        for each in said["linked"]:
            self.crosswalk[key(each)] = id_
        names = ("version", "lifecycle", "title", "merged_into", "attributes")
        self.golden[id_] = {name: said[name] for name in names}


def key(identifier):
    return identifier["system"], identifier["source_key"]


def golden_table():
    """What the hub itself holds, in the follower's words."""
    rows = fetch(
        "SELECT id::text, version, status, title, merged_into_id::text, attributes::text"
        " FROM mdm_goldenrecord"
    )
    names = ("version", "lifecycle", "title", "merged_into")
    return {
        id_: {**dict(zip(names, values, strict=True)), "attributes": orjson.loads(attributes)}
        for id_, *values, attributes in rows
    }


def live_links():
    rows = fetch(
        "SELECT s.code, r.source_key, l.golden_id::text FROM mdm_crosswalklink l"
        " JOIN mdm_sourcerecord r ON r.id = l.record_id"
        " JOIN mdm_sourcesystem s ON s.id = r.system_id WHERE l.unlinked_at IS NULL"
    )
    return {(system, source_key): golden_id for system, source_key, golden_id in rows}
