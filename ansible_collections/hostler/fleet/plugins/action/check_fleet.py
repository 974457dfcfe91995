"""Check the inventory as a whole."""

from __future__ import annotations

from pathlib import Path

import yaml

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.database.placed import Data
from ansible_collections.hostler.fleet.plugins.module_utils.inventory import checked
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.page import pages
from ansible_collections.hostler.fleet.plugins.module_utils.places import Place
from ansible_collections.hostler.fleet.plugins.modules.check_fleet import DOCUMENTATION


class ActionModule(Decision):
    """``check_fleet``: its options are documented with the module of its name."""

    def decide(self, args: Json) -> Json:
        """Return the completed apps, the page, and by which address each host is known among the others; or refuse with every problem."""
        spec = yaml.safe_load(DOCUMENTATION)["options"]["apps"]
        places = [Place(*row) for row in args["places"]]
        fleet = (args["web"], args["balancers"], args["hosts"], places)
        root, monitors = Path(args["root"]), args.get("monitors", [])
        words = (args.get("without_backup", False), args.get("beside_data", False))
        data = Data(args.get("databases", []), args.get("backups", []), *words)
        apps = checked(args["apps"], spec, *fleet, root, args["builds"], monitors, data)
        page = pages(args.get("page"), apps, monitors, root.resolve())
        among = {place.name: place.among for place in places if place.among}
        return {"apps": [app.json() for app in apps], "pages": [one.json() for one in page], "among": among}
