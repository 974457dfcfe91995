"""What a release is made of, on the control node: source, bundle, packages, the texts that are part of it, and its id."""
