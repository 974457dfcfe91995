"""PostgreSQL's settings by what a host has. Source: PostgreSQL's manual, 19.4 and 19.5, and PGTune's rules for web applications."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

MB = 2**20
GB = 1024 * MB
# What the role itself sets: who else sets it would have it stand twice, and undo what other parts count on
OURS = {
    "archive_command",
    "archive_mode",
    "archive_timeout",
    "cluster_name",
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "listen_addresses",
    "log_destination",
    "logging_collector",
    "max_connections",
    "password_encryption",
    "port",
    "primary_conninfo",
    "primary_slot_name",
    "recovery_target_timeline",
    "restore_command",
    "ssl",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_key_file",
    "ssl_min_protocol_version",
    "unix_socket_directories",
    "wal_level",
}
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


def tuned(memory: int, cores: int, connections: int) -> dict[str, str]:
    """Return settings by name for bytes of `memory`, of which this host gives the database all, `cores` and `connections`."""
    buffers = max(32 * MB, min(memory // 4, 16 * GB))
    # Each connection may take some of it several times over, in a part of what buffers leave
    work = max(4 * MB, min((memory - buffers) // (connections * 3), 256 * MB))
    workers = max(2, min(cores, 32))
    return {
        "shared_buffers": _size(buffers),
        "effective_cache_size": _size(memory * 3 // 4),
        "maintenance_work_mem": _size(max(16 * MB, min(memory // 16, 2 * GB))),
        "work_mem": _size(work),
        # The same on each host: one that follows stands still where it has fewer than the primary
        "max_worker_processes": "32",
        "max_parallel_workers": str(workers),
        "max_parallel_workers_per_gather": str(max(1, min(workers // 2, 4))),
        "min_wal_size": "256MB",
        "max_wal_size": "2GB",
        # For a host that follows and is away; what is more, it gets from the archive
        "max_slot_wal_keep_size": "4GB",
        "checkpoint_completion_target": "0.9",
        # As of a disk without a head that moves
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        # What is long, what waits and what fails, for who reads the journal, which has time and process already
        "log_line_prefix": "%q%u@%d %a ",
        "log_min_duration_statement": "1s",
        "log_lock_waits": "on",
        "log_checkpoints": "on",
        "log_autovacuum_min_duration": "10s",
        "log_temp_files": "10MB",
    }


def settings(memory: int, cores: int, connections: int, given: Mapping[str, object]) -> list[Json]:
    """Return the settings, each ``name`` and ``value`` as the configuration has them, in order; what is `given` stands in place of ours."""
    whole = {**tuned(memory, cores, connections), **{name: written(value) for name, value in given.items()}}
    return [{"name": name, "value": _quoted(value)} for name, value in sorted(whole.items())]


def problems(given: object) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with `given`, the ``database_settings`` of an inventory."""
    if not isinstance(given, Mapping):
        yield "database_settings: it is no mapping; write a line for each, such as 'work_mem: 16MB'."
        return
    for name, value in given.items():
        if not isinstance(name, str) or not KEY.fullmatch(name):
            yield f"database_settings: {name!r} is no name of a setting, such as 'work_mem'."
        elif name in OURS:
            yield f"database_settings.{name}: the role sets this itself; take the line out{OTHERWISE.get(name, '')}."
        elif isinstance(value, (dict, list)) or value is None or not written(value).isprintable():
            yield f"database_settings.{name}: it is no single value, such as '16MB'."


OTHERWISE = {"max_connections": ", and set database_connections"}


def written(value: object) -> str:
    """Return a value of YAML as PostgreSQL has it."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _quoted(value: str) -> str:
    """Return a value as it stands in a file of settings, where a backslash would have what comes after it stand for something else."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _size(size: int) -> str:
    return f"{size // MB}MB"
