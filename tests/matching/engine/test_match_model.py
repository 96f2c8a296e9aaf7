"""A model that contradicts itself is refused with words; a good one travels through YAML."""

import json

import pytest
import yaml

from matching.domains import MODELS
from matching.engine.document import from_dict, to_dict
from matching.engine.model import (
    Column,
    Comparison,
    Identifier,
    Level,
    ModelError,
    Pass,
    equal,
    similar,
)
from tests.matching.engine.invented import guarded_model, small_model

BROKEN = [
    ({"passes": (Pass("p", ("nowhere",)),)}, "pass 'p' names the unknown column 'nowhere'"),
    ({"passes": ()}, "needs a blocking pass"),
    ({"review_at": 9.0}, "review_at lies above merge_at"),
    ({"block_limit": 1}, "block_limit is at least 2"),
    (
        {"identifiers": (Identifier("tax", "tax"),)},
        "identifier 'tax' names the unknown column 'tax'",
    ),
    (
        {"comparisons": (Comparison("c", (Level("l", (equal("town"),), 0.9, 1.0),)),)},
        "comparison 'c': the u of its levels reach 1",
    ),
    ({"comparisons": (Comparison("c", ()),)}, "comparison 'c' has no levels"),
    (
        {
            "comparisons": (
                Comparison("c", (Level("l", (similar("town", "guess", 1),), 0.9, 0.1),)),
            )
        },
        "level 'l' uses the unknown measure 'guess'",
    ),
    (
        {"comparisons": (Comparison("c", (Level("l", (equal("town"),), 0.9, 0.1, "town"),)),)},
        "column 'town' needs a chance",
    ),
    (
        {"columns": (Column("town", ("town",), also=(("town",),)),)},
        "column 'town' reads the same paths twice",
    ),
    (
        {"columns": (Column("town", ("town",), "guess"),)},
        "column 'town' has the unknown form 'guess'",
    ),
]


@pytest.mark.parametrize(("changes", "words"), BROKEN)
def test_a_model_that_contradicts_itself_says_how(changes, words):
    with pytest.raises(ModelError, match=words.replace("(", r"\(")):
        small_model(**changes)


def test_two_columns_of_one_name_are_refused():
    columns = small_model().columns

    with pytest.raises(ModelError, match="two columns are called 'given'"):
        small_model(columns=(*columns, columns[0]))


@pytest.mark.parametrize("model", [*MODELS.values(), guarded_model(6.0)], ids=lambda m: m.domain)
def test_a_model_survives_yaml_and_json(model):
    document = to_dict(model)

    assert from_dict(yaml.safe_load(yaml.safe_dump(document))) == model
    assert from_dict(json.loads(json.dumps(document))) == model


def test_a_document_leaves_out_what_is_usual():
    column = to_dict(small_model())["columns"][0]

    assert column == {"name": "given", "of": ["given"], "chance": 0.05}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "expected named values"),
        ({"domain": "x"}, "needs"),
        ({**to_dict(small_model()), "colour": 1}, "nothing called colour"),
        ({**to_dict(small_model()), "passes": [{"name": "p"}]}, "model, passes 1 needs columns"),
    ],
)
def test_a_document_that_is_no_model_says_where(document, words):
    with pytest.raises(ModelError, match=words):
        from_dict(document)


def test_a_model_names_the_paths_and_attributes_that_it_reads():
    model = MODELS["client"]

    assert "addresses[0].lines[1]" in model.paths
    assert "addresses" in model.attributes
    assert "former_names" in model.attributes


def test_the_bits_of_a_level_follow_from_m_and_u():
    assert Level("l", (equal("town"),), 0.8, 0.1).bits == pytest.approx(3.0)


def test_what_identifies_reads_the_columns_of_identifiers_alone_and_is_not_written_down():
    identifying = MODELS["client"].identifying()

    assert {each.name for each in identifying.columns} == {
        "registration number", "register", "tax number", "tax country", "LEI", "DUNS",
    }  # fmt: skip
    with pytest.raises(ModelError, match="needs a blocking pass"):
        from_dict(to_dict(identifying))
