"""The texts of a release: which there are, and where each of them lies."""

from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import UndefinedError

from tests.shared.rendered import MAIL, REPORT, TEXTS, units_of
from tests.shared.samples import app


def test_a_job_is_a_service_and_a_timer_and_a_worker_a_service() -> None:
    assert set(units_of(jobs=(REPORT,), workers=(MAIL,))) == {
        "once/hello.report.service",
        "once/hello.report.timer",
        "every/hello.mail.service",
    }


def test_each_lies_where_it_is_to_run() -> None:
    places = units_of(jobs=({**REPORT, "once": False},), workers=({**MAIL, "once": True},))
    assert {place.split("/")[0] for place in places if ".report." in place} == {"every"}
    assert {place.split("/")[0] for place in places if ".mail." in place} == {"once"}


def test_an_app_without_jobs_and_workers_has_none() -> None:
    assert units_of() == {}


def test_what_an_app_lacks_is_an_error_and_no_gap_in_a_text() -> None:
    given: Any = SimpleNamespace(**{key: value for key, value in vars(app()).items() if key != "processes"})
    with pytest.raises(UndefinedError, match="processes"):
        TEXTS.settings(given, [])
