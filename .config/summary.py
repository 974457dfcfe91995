"""Add up what the test runs reported: what each failed test said, then one line; fail where one did, or where nothing was run."""

import sys
from pathlib import Path
from xml.etree import ElementTree

# Both ends of what a test said: the assertion is at its beginning or its end, and a run's output between
SHOWN = 3000

counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
for report in sorted(Path(sys.argv[1]).glob("*.xml")):
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        sys.exit(f"{report} has no test suite")
    for key in counts:
        counts[key] += int(suite.attrib[key])
    for case in suite.iter("testcase"):
        for said in (*case.findall("failure"), *case.findall("error")):
            text = f"{said.text or ''}\n{case.findtext('system-out') or ''}".rstrip()
            cut = f"{text[:SHOWN]}\n[...]\n{text[-SHOWN:]}" if len(text) > 2 * SHOWN else text
            print(f"FAILED {case.attrib['classname']}::{case.attrib['name']}", cut, sep="\n", end="\n\n")
failed = counts["failures"] + counts["errors"]
passed = counts["tests"] - failed - counts["skipped"]
print(f"{passed} passed, {failed} failed, {counts['skipped']} skipped")
sys.exit(failed > 0 or passed == 0)
