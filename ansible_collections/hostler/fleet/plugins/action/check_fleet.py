"""Check the inventory as a whole."""

from __future__ import annotations

from pathlib import Path

import yaml

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import checked
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.places import Place
from ansible_collections.hostler.fleet.plugins.modules.check_fleet import DOCUMENTATION


class ActionModule(Decision):
    """``check_fleet``: its options are documented with the module of its name."""

    def decide(self, args: Json) -> Json:
        """Return the completed apps, and by which address each host is known among the others; or refuse with every problem, one a line."""
        spec = yaml.safe_load(DOCUMENTATION)["options"]["apps"]
        places = [Place(*row) for row in args["places"]]
        fleet = (args["web"], args["balancers"], args["hosts"], places)
        apps = checked(args["apps"], spec, *fleet, Path(args["root"]), args["builds"], args.get("monitors", []))
        return {"apps": [app.json() for app in apps], "among": {place.name: place.among for place in places if place.among}}
