from typing import Any

class LookupBase:
    _loader: object
    _templar: Any
    def run(self, terms: list[object], variables: dict[str, Any] | None = ..., **kwargs: Any) -> list[Any]: ...
