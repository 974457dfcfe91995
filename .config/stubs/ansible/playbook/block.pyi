class Block:
    fattributes: dict[str, object]
