"""Where what a host tells of itself lies; the role observe writes the settings."""

from __future__ import annotations

from pathlib import Path

SETTINGS = Path("/etc/hostler/facts.json")
# Of Debian's node exporter, which reads what ends in .prom there
FACTS = Path("/var/lib/prometheus/node-exporter/hostler.prom")
# Of systemd's: the files of the journal, and what notes each time that some of it was sent
JOURNALS = Path("/var/log/journal")
SENT = Path("/var/lib/systemd/journal-upload/state")
# What was asked of the data and of backups, by who may
DATA = Path("/run/hostler-data/told.json")
PROMETHEUS = "http://127.0.0.1:9090"  # on the host that watches; the role monitor has it too
