"""What a balancer of tests has live, and what it has counted."""

ENTRIES = {"hello": "blue", "hello/blue": "1f0c3a5e7b9d"}
REFUSAL = "Unknown map identifier. Please use #<id> or <file>."


def stat(blue: tuple[int, int] = (0, 0), green: tuple[int, int] = (0, 0), up: bool = True) -> str:
    """Return ``show stat`` with requests and failures of each slot, and whether green has its two web hosts up."""
    lines = ["# pxname,svname,status,check_status,check_code,last_chk,req_tot,hrsp_5xx,", "visitors,FRONTEND,OPEN,,,,99,99,"]
    for slot, (requests, failed) in (("blue", blue), ("green", green)):
        state = "UP,L7OK,200,," if up else "DOWN,L4CON,,Connection refused,"
        lines += [f"hello_{slot},web{number},{state}7,7," for number in (1, 2)]
        lines += [f"hello_{slot},BACKEND,UP,,,,{requests},{failed},"]
    return "\n".join(lines) + "\n"


def count(requests: int, failed: int = 0) -> dict[str, int]:
    """Return a count as HAProxy's counters are told."""
    return {"requests": requests, "failed": failed}
