"""Every metric has one owner, and docs/metrics.md says what that says."""

from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Metric
from tests.shared.samples import ROOT


def test_the_page_has_the_table_that_is_made_of_it() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    assert catalogue.table() in page, f"write this into docs/metrics.md:\n{catalogue.table()}"


def test_every_metric_stands_in_one_of_the_lists() -> None:
    defined = [value for value in vars(catalogue).values() if isinstance(value, Metric)]
    listed = [*catalogue.OF_HOSTS, *catalogue.OF_BALANCERS, *catalogue.OF_WEB_HOSTS, *catalogue.OF_JUDGES]
    listed += [*catalogue.OF_DATABASES, *catalogue.OF_BACKUPS]
    assert len(listed) > 20
    assert sorted(defined, key=repr) == sorted(listed, key=repr)


def test_no_host_tells_two_metrics_by_one_name() -> None:
    # One host may have both, and watch too
    data = (*catalogue.OF_DATABASES, *catalogue.OF_BACKUPS, *catalogue.OF_JUDGES)
    for own in ((*catalogue.OF_BALANCERS, *catalogue.OF_JUDGES), catalogue.OF_WEB_HOSTS, data):
        names = [metric.name for metric in (*catalogue.OF_HOSTS, *own)]
        assert len(set(names)) == len(names)
