"""Every metric that a host's own facts have: its name, labels and meaning. The table in docs/metrics.md is made of this."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Metric

SLOT = ("app", "slot")
AT = ("app", "slot", "host")

# Of every host
TOLD = Metric("hostler_facts_timestamp_seconds", "When these facts were told, in seconds since 1970.")
FAILED = Metric("hostler_facts_failed", "Whether a part of the facts could not be read, and is missing; the journal says why.", ("part",))
HOST = Metric("hostler_host_info", "What the host is in the fleet: web, balancer, monitor, database or backup; always 1.", ("role",))
REBOOT_DUE = Metric("hostler_reboot_due", "Whether the host runs on an older kernel or library than it has, until it is rebooted.")
UNIT_FAILED = Metric("hostler_unit_failed", "1 for each unit of systemd's that has failed.", ("unit",))
FAILED_UNITS = Metric("hostler_failed_units", "How many units of systemd's have failed.")
DRIFT_FILES = Metric("hostler_drift_files", "How many files that Hostler put on the host were changed or taken away by another hand.")
DRIFT_FILE = Metric("hostler_drift_file", "1 for each of these files.", ("path",))
PENDING_FILE = Metric("hostler_pending_file", "1 for each file that a run has changed, and nobody has brought in yet.", ("path",))
IDENTITY_ENDS = Metric("hostler_identity_ends_timestamp_seconds", "Until when the certificate is valid by which other hosts know this one.")
UNSENT = Metric(
    "hostler_journal_unsent_seconds",
    "For how long nothing of the journal was sent to the host that watches, though there is something; 0 where all is there.",
)

# Of a balancer, by its map of slots
SLOT_LIVE = Metric("hostler_slot_live", "Whether a slot is live; no slot of an app that was never deployed is.", SLOT)
SLOT_RELEASE = Metric(
    "hostler_slot_release_info", "The release that a slot is to run, of a web host that it has; always 1.", (*SLOT, "release")
)
TURN = Metric("hostler_app_turn", "The number of the last change of what is live of an app; the same on all balancers.", ("app",))
MAINTENANCE = Metric("hostler_maintenance", "Whether an app is closed for maintenance.", ("app",))
# By the running HAProxy
CANARY_PERCENT = Metric("hostler_canary_percent", "How many of a hundred requests go to the slot that is not live.", ("app",))
MAP_DIFFERS = Metric("hostler_map_differs", "How many lines the map's file and the running HAProxy have differently, a canary's aside.")
CERTIFICATE_ENDS = Metric(
    "hostler_certificate_ends_timestamp_seconds",
    "Until when a certificate that visitors are shown is valid. Its domain, or the app whose domains it has.",
    ("domain",),
)
# By what it keeps
LOCKED = Metric("hostler_lock_since_timestamp_seconds", "Since when a run holds the fleet's lock; missing while none does.")
DEPLOY = Metric(
    "hostler_deploy_timestamp_seconds",
    "When one of the last 10 switches, failed runs, changes of maintenance, and restores and moves of the data of an app was; outcome is "
    "switched, failed, on, off, restored or moved.",
    ("app", "turn", "verb", "release", "by", "outcome"),
)
CERTIFICATE_FAILING = Metric(
    "hostler_certificate_failing_since_timestamp_seconds",
    "Since when no new certificate is to be had for a domain; missing while all is well.",
    ("domain",),
)
PEERS_HEARD = Metric("hostler_peers_heard_timestamp_seconds", "When another balancer last answered what is live; missing without one.")
PEER_SILENT = Metric("hostler_peer_silent", "Whether another balancer gives no answer.", ("peer",))

# Of a web host
SLOT_UP = Metric("hostler_slot_up", "Whether a slot's unit runs, whatever it answers.", AT)
SLOT_STATE = Metric("hostler_slot_state_info", "What systemd says of a slot that does not run, such as failed; always 1.", (*AT, "active"))
SLOT_RUNS = Metric("hostler_slot_release_info", SLOT_RELEASE.help, (*AT, "release"))
MEMORY = Metric("hostler_slot_memory_bytes", "Memory that a slot uses, all its processes and the files that the kernel keeps for them.", AT)
MEMORY_LIMIT = Metric("hostler_slot_memory_limit_bytes", "Memory that a slot may use; missing without a limit.", AT)
RESTARTS = Metric("hostler_slot_restarts_total", "How often systemd has started a slot again that ended by itself.", AT, "counter")
OOM_KILLS = Metric("hostler_slot_oom_kills_total", "How many processes of a slot the kernel has ended for want of memory.", AT, "counter")
WORKERS = Metric("hostler_slot_workers", "Worker processes of a slot.", AT)
JOB_SUCCESS = Metric(
    "hostler_job_last_success_timestamp_seconds", "When a job last ended well on a host; missing before it did.", ("app", "job", "host")
)
UNIT = Metric(
    "hostler_app_unit_info",
    "A job or worker that a host has, or that the release in this slot has: whether that wants it, as one for all hosts or once; whose it "
    "is here, empty where it is not; whether a hand changed it; how it, or the job's timer, is, and how it last ended; always 1.",
    (*AT, "kind", "unit", "wanted", "once", "release", "changed", "active", "result"),
)

# Of a balancer by itself, and of the host that watches by what all tell
PROBLEM = Metric(
    "hostler_problem",
    "1 for each sentence that status.yml would have as a problem or a warning, once it lasts for a minute; kind is problem or warning.",
    ("kind", "text"),
)

# Of a host with the data
DATABASE_UP = Metric("hostler_database_up", "Whether PostgreSQL answers.")
CONNECTIONS = Metric("hostler_database_connections", "Connections to PostgreSQL, without the one that asks.")
CONNECTIONS_ALLOWED = Metric(
    "hostler_database_connections_allowed", "How many there may be, without those that a superuser may still have then."
)
TRANSACTION = Metric("hostler_database_oldest_transaction_seconds", "For how long the oldest transaction has been open; 0 where none is.")
RESTART_SETTINGS = Metric("hostler_database_restart_settings", "How many of PostgreSQL's settings wait for a restart.")
DATABASE_SIZE = Metric(
    "hostler_database_size_bytes", "What a database takes of the disk, as it was within the last five minutes.", ("database",)
)
PRIMARY = Metric("hostler_database_primary", "Whether apps can write to it; 0 where it follows another one.")
STREAMS = Metric(
    "hostler_replication_streams", "Whether one that follows is told what the other one writes, as that does; missing of one that leads."
)
LAG = Metric("hostler_replication_lag_seconds", "Of how many seconds ago is what one that follows has; missing while it is not told so.")
UNMADE = Metric(
    "hostler_replication_unmade", "1 while one that is to follow has yet to get the data for that; missing else, and all others then."
)
WAL_WAITING = Metric("hostler_wal_waiting_files", "How many files of WAL wait for the archive; missing of one that follows.")
WAL_ARCHIVED = Metric(
    "hostler_wal_archived_timestamp_seconds",
    "When the last file of WAL came to the archive; missing before one did, after a crash, and of one that follows.",
)

# Of the host that keeps backups; asked every five minutes
BACKUPS = Metric("hostler_backups", "How many backups are kept.")
BACKUPS_DAMAGED = Metric("hostler_backups_damaged", "How many of them have pages whose checksum was wrong already in the data.")
BACKUP_FIRST = Metric("hostler_backup_first_timestamp_seconds", "When the oldest backup that is kept was done.")
BACKUP = Metric(
    "hostler_backup_timestamp_seconds",
    "When the newest backup without damage was done: of kind full, or any; or any in the bucket, s3. Missing without one.",
    ("kind",),
)
DRILL_FAILED = Metric("hostler_drill_failed", "Whether the last restore drill failed; missing before there was one.")
DRILL_SECONDS = Metric("hostler_drill_seconds", "How long the last restore drill took.")
DRILL_SUCCESS = Metric("hostler_drill_success_timestamp_seconds", "When a restore drill last succeeded; missing before one did.")

# Where each is told
OF_HOSTS = (TOLD, FAILED, HOST, REBOOT_DUE, UNIT_FAILED, FAILED_UNITS, DRIFT_FILES, DRIFT_FILE, PENDING_FILE, IDENTITY_ENDS, UNSENT)
OF_BALANCERS = (
    *(SLOT_LIVE, SLOT_RELEASE, TURN, MAINTENANCE, CANARY_PERCENT, MAP_DIFFERS, LOCKED, DEPLOY),
    *(CERTIFICATE_ENDS, CERTIFICATE_FAILING, PEERS_HEARD, PEER_SILENT),
)
OF_WEB_HOSTS = (SLOT_UP, SLOT_STATE, SLOT_RUNS, MEMORY, MEMORY_LIMIT, RESTARTS, OOM_KILLS, WORKERS, JOB_SUCCESS, UNIT)
OF_JUDGES = (PROBLEM,)
OF_DATABASES = (
    *(DATABASE_UP, CONNECTIONS, CONNECTIONS_ALLOWED, TRANSACTION, RESTART_SETTINGS),
    *(DATABASE_SIZE, PRIMARY, STREAMS, LAG, UNMADE, WAL_WAITING, WAL_ARCHIVED),
)
OF_BACKUPS = (BACKUPS, BACKUPS_DAMAGED, BACKUP_FIRST, BACKUP, DRILL_FAILED, DRILL_SECONDS, DRILL_SUCCESS)


def table() -> str:
    """Return the table of docs/metrics.md, in Markdown: where it is told, then name, labels and meaning of each."""
    places = (
        ("Every host", OF_HOSTS),
        ("Balancers", OF_BALANCERS),
        ("Web hosts", OF_WEB_HOSTS),
        ("Balancers and the host that watches", OF_JUDGES),
        ("Hosts with the data", OF_DATABASES),
        ("The host that keeps backups", OF_BACKUPS),
    )
    return "\n".join(f"### {place}\n\n| Metric | Labels | What it tells |\n|---|---|---|\n{_rows(metrics)}" for place, metrics in places)


def _rows(metrics: tuple[Metric, ...]) -> str:
    rows = ((f"`{one.name}`", ", ".join(f"`{label}`" for label in one.labels), one.help) for one in metrics)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
