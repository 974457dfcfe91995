"""The rules of a host's firewall and the unit that loads them, rendered without a host; each host's own nft accepts them first."""

import configparser
import re

from ansible_collections.hostler.fleet.plugins.module_utils.firewall import ANYWHERE, Host, rules
from ansible_collections.hostler.fleet.plugins.module_utils.host import firewall
from tests.shared.rendered import render
from tests.shared.samples import ROOT

HOST = Host(sshd=(2222,), visitors=(80, 443), peers=(840,), slots=(5001, 5002), balancers=("192.0.2.11", "2001:db8::12"))
TABLE = "table inet hostler"


def text() -> str:
    """Return the rules of a host that is all at once."""
    made = rules(HOST, ["198.51.100.0/24"], [{"port": 9100, "from": ["192.0.2.7"]}])
    return render("firewall", "etc/hostler/firewall.nft.j2", lets_in={"rules": made, "note": "# Balancers: 192.0.2.11"})


def lines() -> list[str]:
    """Return the lines of the chain, without comments."""
    return [line.strip() for line in text().partition(" {\n")[2].splitlines() if line.strip() and not line.lstrip().startswith("#")]


def accepted(words: str) -> list[str]:
    """Return the lines that accept something of these words."""
    return [line for line in lines() if words in line and line.endswith(" accept")]


def test_it_is_loaded_in_one_step_and_touches_no_other_table() -> None:
    outside = [line for line in re.sub(r"\{\n.*\n\}", "{}", text(), flags=re.DOTALL).splitlines() if line and not line.startswith("#")]
    # The first makes one, so that there is one to delete
    assert outside == [TABLE, f"delete {TABLE}", f"{TABLE} {{}}"]
    assert text().count("table inet hostler {") == 1


def test_who_is_not_let_in_is_dropped() -> None:
    first, second, *_, log, counter, _, _ = lines()
    assert (first, second) == ("chain in {", "type filter hook input priority filter; policy drop;")
    assert re.fullmatch(r'limit rate \d+/minute burst \d+ packets log prefix "hostler-drop: "', log)
    assert counter == "counter"
    assert not [line for line in lines() if line.endswith("accept") and line == "accept"]
    assert [line for line in lines() if line.startswith("type ")] == [second]


def test_each_port_is_let_in_from_where_it_is_to_be_and_no_other_is() -> None:
    assert accepted("tcp dport") == [
        "ip saddr { 198.51.100.0/24 } tcp dport { 2222 } accept",
        "tcp dport { 80, 443 } accept",
        "ip saddr { 192.0.2.11 } tcp dport { 840 } accept",
        "ip6 saddr { 2001:db8::12 } tcp dport { 840 } accept",
        "ip saddr { 192.0.2.11 } tcp dport { 5001, 5002 } accept",
        "ip6 saddr { 2001:db8::12 } tcp dport { 5001, 5002 } accept",
        "ip saddr { 192.0.2.7 } tcp dport { 9100 } accept",
    ]
    assert accepted("udp") == ["udp sport 67 udp dport 68 accept", "ip6 saddr fe80::/10 udp dport 546 accept"]


def test_what_the_network_itself_has_to_say_is_heard() -> None:
    """RFC 4890, 4.4: without these a host is not found, or its answers are lost on the way; echoes are bounded."""
    said = {kind: line for line in accepted("icmp") for kind in re.findall(r"[a-z0-9]+(?:-[a-z]+)+", line)}
    for kind in ("destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"):
        assert "limit" not in said[kind]
    for kind in ("nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-advert"):
        assert "ip6 hoplimit 255" in said[kind]
    assert "ip6 saddr fe80::/10" in said["mld-listener-query"]
    assert len([line for line in accepted("echo-request") if re.search(r"limit rate \d+/second burst \d+ packets accept$", line)]) == 2
    assert "nd-redirect" not in said


def test_what_is_open_goes_on() -> None:
    assert lines()[2:4] == ["ct state established,related accept", 'iifname "lo" accept']


def test_a_host_lets_in_where_there_is_nothing_to_let_in_no_port_at_all() -> None:
    made = rules(Host((22,), (), (), (), ("192.0.2.11",)), list(ANYWHERE), [])
    assert [rule["lines"] for rule in made] == [["tcp dport { 22 } accept"]]


def test_the_unit_loads_them_before_there_is_a_network_and_after_what_flushes_all() -> None:
    parser = configparser.ConfigParser(interpolation=None, delimiters=["="], strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(render("firewall", "etc/systemd/system/hostler-firewall.service.j2"))
    unit, service = parser["Unit"], parser["Service"]
    assert unit["Before"].split()[0] == unit["Wants"] == "network-pre.target"
    assert unit["After"] == unit["PartOf"] == unit["ReloadPropagatedFrom"] == "nftables.service"
    assert service["ExecStart"] == service["ExecReload"] == f"/usr/sbin/nft --file {firewall.RULES}"
    assert f"{parser['Install']['WantedBy']}.wants" == firewall.ENABLED.parent.name
    assert service["RemainAfterExit"] == "true"


def test_every_file_is_put_at_its_template_s_path() -> None:
    folder = ROOT / "roles/firewall/templates"
    assert {str(firewall.RULES), str(firewall.UNIT)} == {f"/{path.relative_to(folder).with_suffix('')}" for path in folder.rglob("*.j2")}
