"""Who is told of alerts, and by what: each kind of receiver, what it needs, and in which files its secrets come to lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from ansible_collections.hostler.fleet.plugins.module_utils.model import Data, Json

SECRETS = "/etc/prometheus/secrets"  # on the monitor
GROUP = "prometheus"  # as which Alertmanager runs
SEVERITIES = ("page", "ticket", "info")
USUAL = ["page", "ticket"]
# How ntfy, from 2.10 on, is to read what Alertmanager posts, by Go templates in the topic's own URL
NTFY = {
    "tpl": "1",
    "t": '{{ if eq .status "resolved" }}Over: {{ end }}{{ with index .alerts 0 }}{{ .labels.alertname }}{{ end }}',
    "m": "{{ range .alerts }}{{ .annotations.summary }}\n{{ .annotations.action }}\n{{ end }}",
}


@dataclass(frozen=True)
class Kind:
    """A kind of receiver: the keys that it needs and may have, which of them are secret, and a line of an inventory that is right."""

    needs: tuple[str, ...]
    may: tuple[str, ...]
    secret: tuple[str, ...]
    line: str


KINDS = {
    "email": Kind(("to",), (), (), "{kind: email, to: ops@example.org}"),
    "slack": Kind(("url",), (), ("url",), '{kind: slack, url: "{{ vault_slack_url }}"}'),
    "ntfy": Kind(("url",), ("token",), ("url", "token"), '{kind: ntfy, url: "https://ntfy.sh/{{ vault_topic }}"}'),
    "telegram": Kind(("token", "chat"), (), ("token",), '{kind: telegram, token: "{{ vault_telegram_token }}", chat: -1001234567890}'),
    "pagerduty": Kind(("key",), (), ("key",), '{kind: pagerduty, key: "{{ vault_pagerduty_key }}"}'),
    "webhook": Kind(("url",), ("token",), ("url", "token"), '{kind: webhook, url: "{{ vault_webhook_url }}"}'),
}


@dataclass(frozen=True)
class Receiver(Data):
    """One that is told: its `name`, its `kind`, of which severities, what of it is no secret, and where that is which is one, by key."""

    name: str
    kind: str
    severities: list[str]
    to: str = ""
    chat: int = 0
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Secret(Data):
    """A file on the monitor that holds a secret, and nothing else."""

    path: str
    secret: str
    group: str = GROUP


def has(given: Mapping[str, object], key: str) -> bool:
    """Tell whether a receiver says a key; Ansible says those that it leaves out, too, as null."""
    return given.get(key) not in (None, "")


def delivery(given: Iterable[Json], smtp: Json, deadmans_url: str) -> Json:
    """Return ``receivers``; the ``password`` of mail and the ``deadman``'s URL, as paths or empty; and the ``secrets`` that lie there.

    What is given has passed `alerting`.
    """
    receivers, secrets = [], []
    for number, one in enumerate(given, 1):
        name = f"{number}-{one['kind']}"
        files = {key: f"{SECRETS}/{name}.{key}" for key in KINDS[one["kind"]].secret if has(one, key)}
        secrets += [Secret(path, _text(one["kind"], key, str(one[key]))) for key, path in files.items()]
        # A list of our own: one of Ansible's cannot be copied by its kind
        severities = [str(severity) for severity in one.get("severities") or USUAL]
        receivers.append(Receiver(name, one["kind"], severities, one.get("to") or "", int(one.get("chat") or 0), files))
    found: Json = {"receivers": [one.json() for one in receivers], "password": "", "deadman": ""}
    for key, text in (("password", smtp.get("password")), ("deadman", deadmans_url)):
        if text:
            found[key] = f"{SECRETS}/{key}"
            secrets.append(Secret(found[key], str(text)))
    return {**found, "secrets": [one.json() for one in secrets]}


def _text(kind: str, key: str, value: str) -> str:
    if (kind, key) != ("ntfy", "url"):
        return value
    asked = "&".join(f"{name}={quote(text, safe='')}" for name, text in NTFY.items())
    return f"{value}{'&' if '?' in value else '?'}{asked}"
