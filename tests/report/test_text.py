"""How a report is printed."""

from ansible_collections.hostler.fleet.plugins.module_utils.report import text as report_text


def test_columns_are_aligned_and_what_is_empty_is_a_dash() -> None:
    assert report_text.table([["a", "long head", "c"], ["value", "", "x"]]) == ["a      long head  c", "value  -          x"]


def test_problems_come_last_and_a_table_without_rows_is_left_out() -> None:
    assert report_text.text(["said"], [[["a"], ["b"]]], ["This is wrong."]) == "said\n\na\nb\n\nPROBLEM: This is wrong."
    assert report_text.text(["said"], [[["a"]]], []) == "said"
