"""How parts of the hub are tied together by name, so that none imports those above it."""

# What each kind of work calls, with the work's subject
WORK = {
    "look at file": "mdm.feeds.trials.look",
    "read feed": "mdm.feeds.batches.read",
    "apply chunk": "mdm.feeds.batches.apply_chunk",
    "restandardise": "mdm.feeds.restandardising.restandardise",
    "foresee matches": "matching.foreseeing.foresee",
    "match": "matching.jobs.match",
    "compare range": "matching.shards.comparing.compare_range",
    "finish match": "matching.jobs.finish_match",
    "apply match": "matching.jobs.apply_chunk",
    "index records": "matching.index.keeping.index_records",
    "index domain": "matching.index.keeping.index_domain",
    "find suspects": "matching.suspects.find_suspects",
    "evaluate": "mdm.evaluation.advance",
    "rebuild concerned": "mdm.evaluation.rebuild_concerned",
    "decide chunk": "stewardship.bulk.decide_chunk",
    "revert bulk": "stewardship.bulk.revert_all",
    "open reviews": "stewardship.queue.open_match_reviews",
    "follow decision": "stewardship.queue.follow_decision",
    "follow contradictions": "stewardship.queue.follow_contradictions",
    "follow suspects": "stewardship.queue.follow_suspects",
    "follow quarantine": "stewardship.queue.follow_quarantine",
    "open contested rates": "stewardship.queue.open_contested_rates",
    "close settled rates": "stewardship.queue.close_settled_rates",
    "open unclear relationships": "stewardship.queue.open_unclear_relationships",
    "close settled relationships": "stewardship.queue.close_settled_relationships",
    "open contested pins": "stewardship.queue.open_contested_pins",
    "close settled pins": "stewardship.queue.close_settled_pins",
    "weigh new tasks": "stewardship.weighing.weigh_new",
    "weigh tasks again": "stewardship.weighing.weigh_again",
    "make report": "stewardship.reports.keeping.make",
    "close period": "stewardship.reports.closing.close_asked",
    "foresee ownership": "mdm.configuration.asking.foresee",
    "follow proposals": "stewardship.proposing.follow_proposals",
    "tell consumers": "mdm.api.notices.tell_consumers",
    "deliver": "mdm.webhooks.delivering.deliver",
    "score quality": "mdm.quality.scoring.score",
    "check hub": "mdm.invariants.watch",
}

# Who reacts to which event: kinds of work, done with the event's id as subject. After a match
# comes the next one, for what arrived while it was being applied.
REACTIONS = {
    "feed_batch.previewed": ["foresee matches"],
    "source_records.changed": ["match"],
    "match_run.asked": ["match"],
    "match_run.finished": [
        "open reviews",
        "match",
        "index records",
        "find suspects",
        "follow contradictions",
        "follow proposals",
        "weigh tasks again",
    ],
    "decision.made": ["follow decision", "follow contradictions"],
    "decision.withdrawn": ["follow decision", "follow contradictions"],
    "suspects.found": ["follow suspects"],
    "suspect.settled": ["follow suspects"],
    "source_records.isolated": ["follow decision"],
    "feed_batch.applied": ["follow quarantine", "weigh tasks again"],
    "feed_row.resubmitted": ["follow quarantine"],
    "feed_row.dismissed": ["follow quarantine"],
    "restandardising.asked": ["restandardise"],
    "evaluation.advanced": ["rebuild concerned"],
    "policy.changed": ["rebuild concerned"],
    "ownership.changed": ["rebuild concerned"],
    "ownership.breached": ["follow proposals"],
    "rates.contested": ["open contested rates"],
    "rates.settled": ["close settled rates"],
    "relationships.unclear": ["open unclear relationships"],
    "relationships.settled": ["close settled relationships"],
    "override.contested": ["open contested pins"],
    "override.settled": ["close settled pins"],
    "override.confirmed": ["close settled pins"],
    "override.set": ["follow proposals"],
    "override.ended": ["close settled pins"],
    "override.expired": ["close settled pins"],
}

# Rules that forbid merging groups of golden records
MERGE_VETOES: list[str] = ["matching.vetoes.forbidding"]

# Which work is done on the match of a feed batch
WORK_ON_A_MATCH = "matching.behind.work_on"

# SQL for the decision behind a steward's link
DECISION_BEHIND_A_LINK = "matching.behind.DECISION"

# Where invariants are declared, for `manage.py check_hub`
INVARIANTS = [
    "mdm.invariants.INVARIANTS",
    "matching.invariants.INVARIANTS",
    "stewardship.invariants.INVARIANTS",
]
