"""Names and values that an app's environment may have, for Hypothesis to choose from."""

from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils import environment

# Unicode's noncharacters and the zero character systemd does not carry. Source: as in ``environment``
NONCHARACTERS = [*map(chr, range(0xFDD0, 0xFDF0)), *(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))]
NAMES = st.from_regex(environment.NAME, fullmatch=True).filter(lambda name: name not in environment.RESERVED)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=["\0", *NONCHARACTERS]))
