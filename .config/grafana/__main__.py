"""Write Grafana's dashboards anew, to docs/grafana or to the folder that is named. `make dashboards` runs this."""

import json
import sys
from pathlib import Path

from boards import BOARDS
from classic import board
from names import ROOT


def main() -> None:
    """Write a file for each."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/grafana"
    folder.mkdir(parents=True, exist_ok=True)
    for one in BOARDS:
        (folder / f"{one.name}.json").write_text(json.dumps(board(one), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
