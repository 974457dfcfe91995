"""Add up what the test runs reported, and end with one line; fail where nothing was run."""

import sys
from pathlib import Path
from xml.etree import ElementTree

counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
for report in sorted(Path(sys.argv[1]).glob("*.xml")):
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        sys.exit(f"{report} has no test suite")
    for key in counts:
        counts[key] += int(suite.attrib[key])
failed = counts["failures"] + counts["errors"]
passed = counts["tests"] - failed - counts["skipped"]
print(f"{passed} passed, {failed} failed, {counts['skipped']} skipped")
sys.exit(failed > 0 or passed == 0)
