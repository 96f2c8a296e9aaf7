"""A peer that runs on its own finishes, fails or takes too long, and each is told."""

import json
import sys

import pandas as pd
import pytest

from benchmarks.other_peers import TRUTH, Known, measured_alone

KNOWN = Known("three", "client", pd.DataFrame({TRUTH: ["a", "a", "b"]}), ())


@pytest.fixture
def run(tmp_path):
    """What is told of a program."""

    def run(program: str, limit: int = 60):
        answer = tmp_path / "answer.json"
        command = [sys.executable, "-c", program, str(answer)]
        return measured_alone(command, answer, KNOWN, limit)

    return run


def test_an_answer_is_judged_by_the_truth(run):
    answer = json.dumps({"cluster": [4, 4, 4], "seconds": 1.5})

    told = run(f"import sys; open(sys.argv[1], 'w').write('{answer}')")

    assert told == {
        "outcome": "finished",
        "seconds": 1.5,
        "F1": 0.5,
        "precision": 0.3333,
        "recall": 1.0,
    }


def test_a_failure_is_told_in_the_words_of_the_program(run):
    told = run("raise SystemExit('it is not sure')")

    assert told == {"outcome": "failed", "said": "it is not sure\n"}


def test_what_takes_too_long_is_ended_and_said(run):
    told = run("import time; time.sleep(600)", limit=1)

    assert told == {"outcome": "did not finish within 1 s"}
