"""Which hosts keep a fleet's data and its backups: whether that can be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.hostler.fleet.plugins.module_utils.model import App


@dataclass(frozen=True)
class Data:
    """The hosts of the groups ``database`` and ``backup``; and what the operator has said: data may be without a backup (`unsaved`), or the
    backup on the database's own host (`beside`).
    """

    databases: Sequence[str] = ()
    backups: Sequence[str] = ()
    unsaved: bool = False
    beside: bool = False


NO_DATA = Data()


def problems(apps: Sequence[App], data: Data, others: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with the two groups, in a fleet with `others`, hosts by their group."""
    if len(data.databases) > 2:
        yield f"The group 'database' has {', '.join(data.databases)}; one host has the data and another one follows it, so leave two there."
    if len(data.backups) > 1:
        yield f"The group 'backup' has {', '.join(data.backups)}; one host keeps the backups, so leave one there."
    for group, hosts in others.items():
        if both := sorted(set(data.databases) & set(hosts)):
            yield f"{', '.join(both)} is in both groups '{group}' and 'database'; what has the data is a host of its own."
        if group != "monitor" and (both := sorted(set(data.backups) & set(hosts))):
            yield f"{', '.join(both)} is in both groups '{group}' and 'backup'; keep backups on a host of their own, or on the monitor."
    having = [app.name for app in apps if app.database]
    if having and not data.databases:
        yield (
            f"apps.{having[0]}.database: no host is in the group 'database'; give it one, such as 'db1: {{ansible_host: 192.0.2.41}}', or "
            "name a database that is elsewhere, 'database: {url: ...}'."
        )
    if len(data.databases) > 1 and not data.backups:
        yield "The group 'database' has two hosts and 'backup' has none, and it is from a backup that one follows the other; give it one."
    elif data.databases and not data.backups and not data.unsaved:
        yield (
            "The group 'database' has a host and 'backup' has none, so what is lost there is lost; give it one, such as "
            "'backup1: {ansible_host: 192.0.2.51}', or say 'database_without_backup: true'."
        )
    if data.backups and not data.databases:
        yield "The group 'backup' has a host and 'database' has none, so there is nothing to keep; take it out."
    if len(data.databases) > 1 and set(data.backups) & set(data.databases):
        yield (
            f"{', '.join(data.backups)} has the data and is to keep the backups from which the other host of 'database' follows; give "
            "'backup' a host of its own, or the monitor."
        )
    elif data.databases and set(data.backups) & set(data.databases) and not data.beside:
        yield (
            f"{', '.join(data.backups)} has the data and keeps its backups too: where it is lost, both are. Give 'backup' another host, or "
            "say 'backup_beside_data: true', as for a lab."
        )
