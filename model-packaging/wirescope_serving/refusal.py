"""What a sender is told about a request that cannot be answered."""


class RequestRefused(Exception):
    """The request is malformed or over a limit: HTTP 400, `{"error": {"name", "message"}}`.

    `name` is stable and for programs; `message` is a sentence that its sender can act on.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message

    def body(self) -> dict[str, dict[str, str]]:
        return {"error": {"name": self.name, "message": self.message}}
