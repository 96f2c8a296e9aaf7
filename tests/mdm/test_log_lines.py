import json
import logging

import structlog

from mdm.log_lines import Line, LineFormatter, as_line


def test_a_line_is_what_was_said_as_json():
    line = as_line(None, "info", {"event": "request", "status": 200, "key": "Größe"})

    assert json.loads(line) == {"event": "request", "status": 200, "key": "Größe"}


def test_what_json_does_not_know_is_said_as_python_shows_it():
    line = as_line(None, "info", {"half": "\ud800", "huge": 2**70, "odd": {1}})

    assert json.loads(line) == {"half": "\ud800", "huge": 2**70, "odd": "{1}"}


def test_lines_of_libraries_are_json_too_and_own_ones_are_left_as_they_are():
    formatter = LineFormatter(
        processor=structlog.processors.JSONRenderer(),
        foreign_pre_chain=[structlog.stdlib.add_log_level],
    )

    def said(message):
        return formatter.format(logging.LogRecord("a", logging.INFO, "", 1, message, (), None))

    assert said(Line('{"event": "100 %"}')) == '{"event": "100 %"}'
    assert json.loads(said("of a library")) == {"event": "of a library", "level": "info"}
