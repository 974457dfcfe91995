class Handler:
    fattributes: dict[str, object]
