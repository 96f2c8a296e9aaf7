"""Commands that carry a match model out of the hub and check one that comes back."""

import io
import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from matching.domains import MODELS
from matching.engine.model_file import from_yaml, to_yaml
from matching.engine.splink_settings import splink_settings
from matching.engine.weights import Weights
from tests.factories import match, record

pytestmark = pytest.mark.django_db


def told(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_a_model_is_exported_as_it_ships_before_the_first_run():
    assert from_yaml(told("export_model", "client")) == (MODELS["client"], None)


def test_a_model_is_exported_with_the_weights_of_the_last_run():
    record("A", legal_name="Acme")
    run = match()
    run.weights["prior"] = -9.25
    run.save()

    model, weights = from_yaml(told("export_model", "client"))

    assert model == MODELS["client"]
    assert weights == replace(Weights.of(model), prior=-9.25)


def test_settings_for_splink_name_the_functions_that_they_call():
    out, err = io.StringIO(), io.StringIO()
    call_command("export_model", "client", format="splink", stdout=out, stderr=err)

    assert json.loads(out.getvalue())["comparisons"][0]["output_column_name"] == "name_and_reach"
    assert "touchstone_spelling: register them on DuckDB" in err.getvalue()


def test_settings_for_splink_alone_call_no_function_of_ours(tmp_path):
    file = tmp_path / "client.json"

    assert told("export_model", "client", "--format", "splink", "--plain", "--out", str(file)) == ""

    assert "touchstone_" not in file.read_text()


def test_a_file_that_cannot_be_written_is_an_error_in_words(tmp_path):
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        told("export_model", "client", out=tmp_path / "nowhere" / "client.yaml")


def test_an_unchanged_model_is_found_to_be_the_one_in_use(tmp_path):
    file = tmp_path / "client.yaml"
    told("export_model", "client", "--out", str(file))

    report = told("check_model", str(file))

    assert "client, version 2: 26 columns, 17 passes, 8 comparisons with 32 levels" in report
    assert "the same as the model in use" in report


def test_a_changed_model_is_told_from_the_one_in_use(tmp_path):
    file = tmp_path / "client.yaml"
    file.write_text(to_yaml(MODELS["client"]).replace("merge_at: 6.0", "merge_at: 7.5"))

    assert "merge_at: 6, now 7.5" in told("check_model", str(file))


def test_settings_of_splink_become_a_model_in_yaml(tmp_path):
    model, weights = MODELS["contact"], Weights.of(MODELS["contact"])
    file, out = tmp_path / "contact.json", tmp_path / "contact.yaml"
    file.write_text(json.dumps(splink_settings(model, weights)))

    report = told("check_model", str(file), "--domain", "contact", "--out", str(out))

    assert "the same as the model in use" in report
    assert from_yaml(out.read_text())[0] == model


WRONG = [
    ("model: {domain: client}", "model needs"),
    ("{", "this is not YAML"),
    ('{"link_type": "dedupe_only"}', "name the domain with --domain"),
    (
        to_yaml(MODELS["client"]).replace("of: [lei]", "of: [ley]"),
        "names the attribute 'ley', which 'client' does not have. It has ",
    ),
    (
        to_yaml(MODELS["client"]).replace("domain: client", "domain: pet"),
        "for a domain that there is not",
    ),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_a_file_that_is_no_model_is_refused_with_its_name_and_the_place(tmp_path, text, words):
    file = tmp_path / "model.yaml"
    file.write_text(text)

    with pytest.raises(CommandError, match=words):
        told("check_model", str(file))


def test_a_file_that_is_not_there_is_an_error_in_words(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        told("check_model", str(tmp_path / "nothing.yaml"))
