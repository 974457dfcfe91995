"""Tell what a balancer knows: the live slot of each app, releases, servers, history."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import place
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.look import look
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Runtime
from ansible_collections.hostler.fleet.plugins.module_utils.options import options

DOCUMENTATION = r"""
{
  "module": "slots_info",
  "short_description": "Tell what a balancer knows of each app's slots",
  "description": [
    "Returns C(entries), the lines of the map of slots; C(behind), whether the running HAProxy lacks lines that the file has; C(differ), the lines that the two have differently.",
    "And of HAProxy's configuration C(ports), the port of each backend, and C(domains), the app of each, an empty one for the default app.",
    "And of the running HAProxy C(servers), for each backend what is wrong with each server; C(counters), its C(requests) and C(failed); C(loads), the same for each of its servers, with C(rate), the requests of the last second, C(places), how many it is given at once while it is up, and C(used), how many of these are taken.",
    "And C(history), the last events of each app, C(holder), who holds the lock, and C(peers), why each other balancer gives this one no answer, empty where it does; null where this one does not ask.",
    "And C(certificates), until when each is valid that HAProxy shows, by the name of its file, in seconds since 1970; and C(renewals), what is known of those that the balancer gets by itself.",
    "All are empty on a host that is no balancer yet.",
    "C(runs) tells whether HAProxy runs, C(wrong) has a sentence for each thing that keeps this balancer's word from being taken."
  ],
  "options": {}
}
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(options(DOCUMENTATION), supports_check_mode=True)
    try:
        found = look(place.MAP, Runtime(str(place.SOCKET)), place.CONFIG)
    except OSError as error:
        module.fail_json(f"What this balancer knows cannot be read: {error}")
    module.exit_json(changed=False, **found.json())


if __name__ == "__main__":
    main()
