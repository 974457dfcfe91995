"""A module's options, which stand once: in its documentation, written as JSON, for hosts have nothing that reads more of YAML."""

from __future__ import annotations

import json

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

Spec = dict[str, Json]


def options(documentation: str, secret: tuple[str, ...] = ()) -> Spec:
    """Return the argument spec of a module from its documentation; values of options that are `secret` are shown nowhere."""
    return {
        name: {**option, "no_log": True} if name in secret else option
        for name, option in _spec(json.loads(documentation)["options"]).items()
    }


def _spec(stated: Spec) -> Spec:
    bare = {name: {key: value for key, value in option.items() if key != "description"} for name, option in stated.items()}
    return {name: {**option, "options": _spec(option["options"])} if "options" in option else option for name, option in bare.items()}
