from copy import deepcopy
from datetime import date
from io import StringIO
from textwrap import dedent

import pytest
import yaml
from django.core.management import CommandError, call_command

from mdm import configuration, policy
from mdm.configuration import ConfigurationError
from mdm.governance.ownership import ranking
from mdm.models import (
    BlockedValue,
    Event,
    Feed,
    FeedMapping,
    OwnershipRule,
    OwnershipSegment,
    SourceSystem,
)
from mdm.survivorship import longest
from tests.concurrency import at_once
from tests.factories import NOW, batch, cause

pytestmark = pytest.mark.django_db

HUB = """
    systems:
      - {code: CRM, name: Sales, kind: crm, owner: Ann, time_zone: Europe/London,
         entity_url_template: "https://crm.example/{domain}/{key}"}
      - {code: ERP, name: Books, kind: erp, owner: Ben}
    feeds:
      - code: crm-clients
        name: Clients of the CRM
        system: CRM
        domain: client
        owner: Ann
        mapping: {key: Id, attributes: [{attribute: legal_name, column: Name}]}
    ownership:
      - {domain: client, systems: [CRM, ERP], accountable: Ann}
      - {domain: client, attribute: tax_id, systems: [ERP], accountable: Ben}
    placeholders:
      - {value: TBC, reason: To be confirmed}
      - {value: "0000", reason: Filler, domain: client, attribute: phone}
"""
TABLES = (SourceSystem, Feed, FeedMapping, OwnershipRule, BlockedValue)


def hub():
    return yaml.safe_load(dedent(HUB))


def configure(document=None):
    return configuration.apply(hub() if document is None else document, cause=cause())


def rows():
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


def rules(attribute=""):
    found = (
        OwnershipRule.objects.of("client").filter(attribute=attribute).order_by("valid_on", "place")
    )
    return [(each.system.code, each.valid_on.lower, each.valid_on.upper) for each in found]


def changed(path, value):
    """The document with another value at a path such as "feeds.0.owner"."""
    document = deepcopy(hub())
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place = document
    for step in steps:
        place = place[step]
    place[last] = value
    return document


def test_everything_is_registered_and_said():
    said = configure()

    assert said == [
        "registered source system CRM",
        "registered source system ERP",
        "registered feed crm-clients",
        "CRM owns client.*",
        "ERP owns client.tax_id",
        "registered placeholder 'TBC'",
        "registered placeholder '0000'",
    ]
    assert [len(each) for each in rows()] == [2, 1, 1, 3, 2]


def test_applying_the_same_document_twice_changes_nothing():
    configure()
    before = rows()

    assert configure() == []
    assert rows() == before


UK = {
    "domain": "client", "code": "uk", "label": "Clients in the United Kingdom",
    "attribute": "addresses", "part": "country", "is_one_of": ["GB"],
}  # fmt: skip
BY_SEGMENT = {"domain": "client", "segment": "uk", "systems": ["ERP"], "accountable": "Ben"}


def owned(*lines, segments=(UK,)):
    document = hub()
    document["segments"] = list(segments)
    document["ownership"] += lines
    return configure(document)


def test_a_segment_has_an_owner_of_its_own_and_a_group_stands_for_its_attributes():
    said = owned(
        {**BY_SEGMENT, "attribute": "tax_id"},
        {"domain": "client", "attribute": "register", "systems": ["ERP"], "accountable": "Ben"},
    )

    assert "ERP owns client.tax_id of uk" in said
    assert "ERP owns client.registration" in said
    assert owned({**BY_SEGMENT, "attribute": "tax_id"}) == []


@pytest.mark.parametrize(
    ("changes", "words", "events"),
    [
        ({"is_one_of": ["GB", "JE"]}, "segment uk has another is one of", 1),
        ({"attribute": "industry", "part": ""}, "segment uk has another attribute, part", 1),
        ({"label": "The kingdom"}, "segment uk has another label", 0),
    ],
)
def test_a_segment_that_holds_others_is_told_of(changes, words, events):
    owned({**BY_SEGMENT, "attribute": "tax_id"})
    told = Event.objects.filter(type="ownership.changed", domain="client")
    before = told.count()

    said = owned({**BY_SEGMENT, "attribute": "tax_id"}, segments=[{**UK, **changes}])

    assert said == [words]
    assert told.count() == before + events
    assert owned({**BY_SEGMENT, "attribute": "tax_id"}, segments=[{**UK, **changes}]) == []


def test_a_segment_may_not_come_to_be_told_by_what_it_owns():
    owned({**BY_SEGMENT, "attribute": "tax_id"})

    with pytest.raises(ConfigurationError, match="would depend on itself: tax_id"):
        owned(segments=[{**UK, "attribute": "tax_id", "part": ""}])

    assert OwnershipSegment.objects.get().attribute == "addresses"


def test_an_owner_that_depends_on_itself_from_a_later_day_on_is_refused():
    later = {**BY_SEGMENT, "attribute": "addresses", "since": date(2030, 1, 1)}

    with pytest.raises(ConfigurationError, match=r"client on 2030-01-01: .* itself: addresses"):
        owned(later)


def test_a_segment_may_own_a_whole_domain_but_for_what_it_is_told_by():
    owned(BY_SEGMENT)

    register = ranking("client", NOW.date())
    codes = {each.pk: each.code for each in SourceSystem.objects.all()}
    uk = {"addresses": [{"country": "GB"}]}
    owners = {
        name: codes[register.owner(name, register.segment_of(name, uk))]
        for name in ("legal_name", "industry", "addresses")
    }
    assert owners == {"legal_name": "ERP", "industry": "ERP", "addresses": "CRM"}


def test_what_nobody_owns_on_purpose_and_who_answers_for_it_is_registered():
    line = {
        "domain": "client", "attribute": "size", "systems": "nobody", "accountable": "Ann",
        "steward": "Sue", "deputy": "Dan", "technical_owner": "Tom", "review_on": date(2027, 1, 31),
        "on_breach": "reject",
    }  # fmt: skip

    assert "nobody owns client.size" in owned(line)

    rule = OwnershipRule.objects.get(attribute="size")
    assert (rule.system, rule.steward, rule.deputy, rule.technical_owner) == (
        None, "Sue", "Dan", "Tom",
    )  # fmt: skip
    assert (rule.review_on, rule.on_breach) == (date(2027, 1, 31), "reject")


def test_what_the_hub_does_not_master_has_an_owner_too():
    assert "ERP owns invoice.*" in owned(
        {"domain": "invoice", "systems": ["ERP"], "accountable": "Ben"}
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({**BY_SEGMENT, "segment": "fr"}, "there is no segment 'fr' of client"),
        ({**BY_SEGMENT, "attribute": "addresses"}, "would depend on itself: addresses"),
        ({**BY_SEGMENT, "on_breach": "shout"}, "on_breach is one of ignore, propose, reject"),
        (
            {"domain": "invoice", "attribute": "x", "systems": ["ERP"], "accountable": "B"},
            "no domain 'invoice'",
        ),
    ],
)
def test_an_owner_that_makes_no_sense_is_refused(line, told):
    with pytest.raises(ConfigurationError, match=told):
        owned(line)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("systems.0.owner", "Cleo", "source system CRM has another owner"),
        ("systems.0.time_zone", "America/New_York", "source system CRM has another time zone"),
        ("feeds.0.mode", "delta", "feed crm-clients has another mode"),
        ("feeds.0.system", "ERP", "feed crm-clients has another system"),
        ("feeds.0.mapping.key", "Key", "feed crm-clients has another mapping version 2"),
        ("placeholders.0.reason", "Later", "placeholder 'TBC' has another reason"),
        ("ownership.0.systems", ["ERP", "CRM"], "ERP owns client.*"),
        ("ownership.1.accountable", "Cleo", "ERP owns client.tax_id"),
    ],
)
def test_a_change_is_applied_and_said_and_is_no_change_the_second_time(path, value, said):
    configure()
    document = changed(path, value)

    assert configure(document) == [said]
    assert configure(document) == []


def test_a_changed_mapping_is_a_new_version_and_the_one_before_is_kept():
    configure()

    configure(changed("feeds.0.mapping.key", "Key"))

    versions = FeedMapping.objects.order_by("version")
    assert [each.specification["key"] for each in versions] == ["Id", "Key"]
    assert {each.created_by for each in versions} == {"user:ann"}


def test_what_a_document_does_not_mention_stays():
    configure()
    before = rows()

    assert configure({"placeholders": []}) == configure({}) == []
    assert rows() == before


def test_systems_that_own_in_another_order_take_each_others_places():
    configure()

    configure(changed("ownership.0.systems", ["ERP", "CRM"]))

    assert [code for code, _, _ in rules()] == ["ERP", "CRM"]


def test_lines_about_one_subject_are_its_history():
    lines = [
        {"domain": "client", "systems": ["CRM", "ERP"], "accountable": "Ann"},
        {"domain": "client", "systems": ["ERP"], "accountable": "Ben", "since": date(2026, 7, 1)},
    ]

    said = [configure(changed("ownership", lines)) for _ in range(2)]

    assert "ERP owns client.*" in said[0]
    assert said[1] == []
    assert rules() == [
        ("CRM", date(2000, 1, 1), date(2026, 7, 1)),
        ("ERP", date(2000, 1, 1), date(2026, 7, 1)),
        ("ERP", date(2026, 7, 1), None),
    ]


def test_a_new_owner_from_a_later_day_on_leaves_the_past_as_it_was():
    configure()
    line = {"domain": "client", "systems": ["ERP"], "accountable": "Ben", "since": "2026-07-01"}

    configure(changed("ownership", [line]))

    assert rules()[0] == ("CRM", date(2000, 1, 1), date(2026, 7, 1))
    assert rules()[-1] == ("ERP", date(2026, 7, 1), None)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("plugins", [], "the file: there is no section 'plugins'; use one of systems, feeds,"),
        ("systems", {"code": "CRM"}, "systems must be a list"),
        ("systems.0", "CRM", "systems 1: 'CRM' is not a set of words and values"),
        ("systems.0.ownr", "Ann", "systems 1 (CRM): there is no word 'ownr'; use one of code, "),
        ("systems.0.kind", "magic", "systems 1 (CRM): kind: Value 'magic' is not a valid choice."),
        ("systems.0.code", "crm", "systems 1 (crm): Constraint"),
        ("systems.1.code", "CRM", "systems 2 (CRM): stands there twice"),
        ("systems.1.owner", None, "systems 2 (ERP): needs owner; fill it in"),
        ("systems.1.time_zone", "Mars/Base", "there is no time zone 'Mars/Base'; write it like"),
        ("systems.1.entity_url_template", "https://erp/{id}", "'https://erp/{id}' makes no addr"),
        ("systems.1.entity_url_template", "javascript:alert(1)", "makes no address; write it like"),
        ("systems.1.freshness_hours", "soon", "freshness_hours: “soon” value must be an integer"),
        ("feeds.0.colour", "red", "feeds 1 (crm-clients): there is no word 'colour'; use one of"),
        ("feeds.0.code", "CRM clients", "feeds 1 (CRM clients): code: Enter a valid “slug”"),
        ("feeds.0.domain", "clients", "feeds 1 (crm-clients): no domain 'clients'; there are cl"),
        ("feeds.0.system", "SAP", "there is no source system 'SAP'; list it under systems, or use"),
        ("feeds.0.deletes", "all", "feeds 1 (crm-clients): deletes: Value 'all' is not a valid"),
        ("feeds.0.creates", "maybe", "creates: “maybe” value must be either True or False."),
        ("feeds.0.largest_changed_share", 50, "Constraint “breaker_limits_are_shares” is viola"),
        ("feeds.0.mapping.keys", "Id", "feeds 1 (crm-clients): the mapping has no word 'keys'"),
        ("feeds.0.mapping.attributes.0.attribute", "nam", "client has no attribute 'nam'; it has"),
        ("feeds.0.mapping.attributes", [], "nothing is mapped to legal_name, which a new record"),
        (
            "ownership.0.domain",
            "nonsense",
            "ownership 1: there is no 'nonsense'; use one of ",
        ),
        ("ownership.1.attribute", "vat", "ownership 2: client has no attribute 'vat'; it has "),
        ("ownership.0.systems", ["SAP"], "ownership 1: there is no source system 'SAP'; list it"),
        ("ownership.0.systems", ["CRM", "CRM"], "ownership 1: systems is a list of codes, each o"),
        ("ownership.0.systems", "CRM", "ownership 1: systems is a list of codes, each once"),
        ("ownership.0.since", "soon", "ownership 1: since 'soon' is no date; write it like 2026-"),
        ("ownership.1.attribute", "", "ownership 2: lines about one subject follow each other"),
        ("placeholders.0.reason", "", "placeholders 1: needs reason; fill it in"),
        ("placeholders.1.attribute", "fax", "placeholders 2: client has no attribute 'fax'"),
        ("placeholders.1.domain", "clients", "placeholders 2: no domain 'clients'; there are"),
        ("placeholders.0.value", "x" * 300, "placeholders 1: value: Ensure this value has at mo"),
    ],
)
def test_a_mistake_is_refused_by_its_place_with_the_remedy_and_nothing_is_applied(
    path, value, said
):
    with pytest.raises(ConfigurationError) as refused:
        configure(changed(path, value))

    assert said in str(refused.value)
    assert rows() == [[], [], [], [], []]


def test_a_date_in_a_mapping_must_be_quoted():
    lines = [
        {"attribute": "name", "column": "Name"},
        {"attribute": "start_date", "value": date(2026, 1, 1)},
    ]
    document = changed("feeds.0.mapping.attributes", lines)
    document["feeds"][0]["domain"] = "project"

    with pytest.raises(ConfigurationError, match=r"feeds 1 .*: .*put it in quotes"):
        configure(document)


def test_a_feed_that_has_delivered_keeps_its_system_and_domain():
    configure()
    batch(Feed.objects.get())

    with pytest.raises(ConfigurationError, match="give the new flow a code of its own"):
        configure(changed("feeds.0.system", "ERP"))

    assert Feed.objects.get().system.code == "CRM"


@pytest.mark.parametrize("document", [None, "systems", [], 5])
def test_a_file_that_is_no_configuration_is_refused(document):
    with pytest.raises(ConfigurationError, match="must have the sections systems, feeds"):
        configuration.apply(document, cause=cause())


@pytest.mark.django_db(transaction=True)
def test_two_people_who_configure_at_once_make_one_of_each():
    said = at_once(configure, configure)

    assert sorted(map(len, said)) == [0, 7]
    assert [len(each) for each in rows()] == [2, 1, 1, 3, 2]


def test_the_command_says_what_changed(tmp_path):
    file = tmp_path / "hub.yaml"
    file.write_text(dedent(HUB))

    first = run(file)
    events = list(Event.objects.values_list("type", flat=True))
    second = run(file)

    assert "registered source system CRM" in first
    assert second == "Nothing changed.\n"
    assert events == ["ownership.changed"]
    assert Event.objects.count() == len(events)


SURVIVORSHIP = {
    "survivorship": [
        {"domain": "client", "attributes": {"phone": {"strategy": "longest"}}, "reason": "try"}
    ]
}


def test_a_survivorship_policy_becomes_a_version_when_it_says_something_new():
    first = configuration.apply(SURVIVORSHIP, cause=cause())
    second = configuration.apply(SURVIVORSHIP, cause=cause())

    assert first == ["client has survivorship policy 1"]
    assert second == []
    assert policy.in_force("client").entity_type["phone"].survivorship == longest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"attributes": {"fax": {}}}, "survivorship 1: client: there is no attribute 'fax'"),
        ({"domain": "clients"}, "survivorship 1: no domain 'clients'"),
        ({"reason": ""}, "survivorship 1: needs reason; fill it in"),
    ],
)
def test_a_policy_that_makes_no_sense_names_its_place(changes, said):
    line = SURVIVORSHIP["survivorship"][0] | changes

    with pytest.raises(ConfigurationError, match=said):
        configuration.apply({"survivorship": [line]}, cause=cause())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"systems: [", "line 1, column 11"),
        (b"systems: \xff", "not UTF-8 at byte 9; save it so"),
        (b"", "must have the sections"),
        (b"systems: [{code: X}]", "systems 1 (X): needs name and kind and owner; fill it in"),
    ],
)
def test_the_command_names_the_file_and_the_place_of_a_mistake(tmp_path, content, said):
    file = tmp_path / "hub.yaml"
    file.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        run(file)

    assert str(refused.value).startswith(str(file))
    assert said in str(refused.value)


def test_the_command_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.yaml")


def run(file):
    said = StringIO()
    call_command("configure", file, stdout=said)
    return said.getvalue()
