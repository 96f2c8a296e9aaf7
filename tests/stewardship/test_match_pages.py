"""Pages about matching: models, thresholds, runs watched, cancelled and compared."""

import pytest

from matching import known
from matching.models import MatchPair, MatchRun, PairChange
from mdm import work
from tests.factories import feed, load, match, record, rematch, send_again

pytestmark = pytest.mark.django_db


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def matched():
    """Two clients alike, two that are one for certain, and the run that found them."""
    for source in ("CRM", "ERP"):
        record("A", source=source, legal_name="Acme Tools Limited", lei="529900T8BM49AURSDO55")
    record("B", legal_name="Beta Partners", website="https://beta.example")
    record("B", source="ERP", legal_name="Beta Partner", website="https://beta.example")
    return match()


def test_a_model_is_told_in_words_and_drawn(sign_in, matched):
    page = text(sign_in("steward").get("/matching/models/client"))

    assert "How clients are matched" in page
    assert "same name and reach" in page
    assert "their LEI differs" in page
    assert page.count("<svg") > 20
    assert "style=" not in page


def test_thresholds_that_are_tried_show_the_work_they_make(sign_in, matched):
    browser = sign_in("steward")

    page = text(browser.get("/matching/models/client", {"review": "-2", "merge": "60"}))

    assert "Tried" in page
    tried = page[page.index("Tried</th>") :]
    assert "60.0 bits" in tried
    assert MatchPair.objects.filter(state="automatic").exists()
    assert '<td class="number">0</td>' in tried  # nothing is that heavy


@pytest.mark.parametrize("typed", ["", "nonsense", "nan", "inf", "1e400", "-9999"])
def test_a_threshold_that_is_no_number_is_the_models(sign_in, matched, typed):
    page = sign_in("steward").get("/matching/models/client", {"merge": typed, "review": typed})

    assert page.status_code == 200
    assert "Tried</th>" not in text(page)


def test_precision_and_recall_are_shown_where_the_truth_is_known(sign_in, matched):
    kept = known.keep(
        "labelled",
        "client",
        [
            ("CRM", "A", "a"),
            ("ERP", "A", "a"),
            ("CRM", "B", "b"),
            ("ERP", "B", "c"),
            ("X", "1", "d"),
        ],
    )

    page = text(sign_in("steward").get("/matching/models/client"))
    measured = known.measure("client", "labelled")

    assert kept == 4
    assert (measured.true, measured.rightly) == (1, 1)
    assert "recall <strong>1.0000</strong>" in page


def test_what_is_known_of_a_set_replaces_what_was(matched):
    known.keep("labelled", "client", [("CRM", "A", "a"), ("ERP", "A", "a")])
    known.keep("labelled", "client", [("CRM", "A", "a"), ("ERP", "A", "b")])

    assert known.measure("client", "labelled").true == 0
    assert known.sets_of("client") == ["labelled"]


def test_runs_are_listed_and_each_tells_what_it_found(sign_in, matched):
    browser = sign_in("auditor")

    listed, page = text(browser.get("/matching")), text(browser.get(f"/matching/runs/{matched.pk}"))

    assert f"/matching/runs/{matched.pk}" in listed
    assert "Match what waits" not in listed
    assert "Pairs within one golden record" in page


def test_a_run_is_started_from_the_page(sign_in, matched):
    answer = sign_in("domain-owner").post("/matching", {"domain": "client", "anew": "1"})
    work.drain()

    assert answer.status_code == 302
    assert MatchRun.objects.filter(rematch=True, state="finished").count() == 1


def test_a_run_that_waits_is_shown(sign_in, matched):
    browser = sign_in("administrator")
    browser.post("/matching", {"domain": "client"})

    assert "Asked for, not comparing yet" in text(browser.get("/matching"))


@pytest.mark.parametrize(
    ("role", "sees", "starts"),
    [
        ("viewer", 403, 403), ("finance", 403, 403), ("integrator", 403, 403),
        ("auditor", 200, 403), ("steward", 200, 403),
        ("domain-owner", 200, 302), ("administrator", 200, 302),
    ],
)  # fmt: skip
def test_who_may_see_and_start_runs(sign_in, matched, role, sees, starts):
    browser = sign_in(role)

    assert browser.get("/matching").status_code == sees
    assert browser.get(f"/matching/runs/{matched.pk}").status_code == sees
    assert browser.get("/matching/models/client").status_code == sees
    assert browser.post("/matching", {"domain": "client"}).status_code == starts
    assert browser.post(f"/matching/runs/{matched.pk}").status_code == starts


@pytest.fixture
def under_way(settings, matched):
    """A run whose ranges wait to be compared."""
    settings.MATCH_PAIRS_OF_ONE_WORKER = 0
    settings.MATCH_PAIRS_IN_A_RANGE = 1
    load(feed("more"), "Id,Name\nC,Acme Tools Ltd\nD,Beta Partners Inc\n")
    run = MatchRun.objects.filter(state="comparing").first()
    if run is None:  # compared already: set it back to where its ranges waited
        run = MatchRun.objects.latest("pk")
        run.state = "comparing"
        run.save()
        run.ranges.create(number=1, blocking=0, begin=0, end=1, pairs=1)
    return run


def test_a_run_is_watched_range_by_range_and_cancelled(sign_in, under_way):
    browser = sign_in("domain-owner")

    page = text(browser.get(f"/matching/runs/{under_way.pk}"))
    assert "Cancel this run" in page
    assert "ranges" in text(browser.get(f"/matching/runs/{under_way.pk}/progress"))
    browser.post(f"/matching/runs/{under_way.pk}", {"action": "cancel"})

    under_way.refresh_from_db()
    assert under_way.state == "cancelled"
    assert browser.get(f"/matching/runs/{under_way.pk}/progress")["HX-Refresh"] == "true"


def test_a_run_keeps_what_it_changed_and_the_first_one_nothing(matched):
    assert not PairChange.objects.exists()
    record("C", legal_name="Acme Tools Limited", lei="529900T8BM49AURSDO55")

    later = match()

    changed = PairChange.objects.filter(run=later)
    assert {(each.before, each.after) for each in changed} == {("", "automatic")}
    assert changed.count() == 2


def test_two_runs_are_compared_pair_by_pair(sign_in, matched):
    beta = MatchPair.objects.get(left__source_key="B")
    send_again(beta.left, legal_name="Zebra Airlines", website="https://zebra.example")
    later = match()

    page = text(sign_in("steward").get("/matching/compare", {"one": matched.pk, "other": later.pk}))

    assert "No longer alike enough" in page
    assert "CRM:B" in page
    assert f"/pairs/{beta.pk}" in page


def test_runs_that_changed_nothing_say_so(sign_in, matched):
    later = rematch()

    page = text(sign_in("steward").get("/matching/compare", {"one": later.pk, "other": matched.pk}))

    assert "Every pair stands as it stood" in page


@pytest.mark.parametrize(
    "asked", [{}, {"one": "1"}, {"one": "x", "other": "y"}, {"one": "0", "other": "0"}]
)
def test_a_comparison_of_nothing_is_not_found(sign_in, matched, asked):
    assert sign_in("steward").get("/matching/compare", asked).status_code == 404


def test_lists_ask_little_of_the_database(sign_in, matched, django_assert_max_num_queries):
    rematch()
    browser = sign_in("domain-owner")

    for page in ("/matching", f"/matching/runs/{matched.pk}", "/matching/models/client"):
        with django_assert_max_num_queries(12):
            assert browser.get(page).status_code == 200
