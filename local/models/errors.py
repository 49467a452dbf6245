"""What can go wrong with an endpoint, as an HTTP status and one sentence."""


class EndpointError(Exception):
    """`status` is the HTTP status to answer with; `name` is SageMaker's error code where it has one."""

    status = 500
    name = "InternalFailure"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidEndpoint(EndpointError):
    """The description of an endpoint cannot be used."""

    status = 400
    name = "ValidationError"


class EndpointNotFound(EndpointError):
    status = 400
    name = "ValidationError"

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"Endpoint {endpoint} not found.")


class ArchiveUnavailable(EndpointError):
    """The model archive could not be fetched or read."""

    status = 422
    name = "ValidationError"


class PayloadTooLarge(EndpointError):
    status = 413
    name = "ValidationError"


class ServiceUnavailable(EndpointError):
    """Try again later: still loading, or more requests are waiting than the queue holds."""

    status = 503
    name = "ServiceUnavailable"


class ModelFailed(EndpointError):
    """The model's own answer was not 2xx. `original_status` and `original_message` are the container's."""

    status = 424
    name = "ModelError"

    def __init__(self, original_status: int, original_message: str) -> None:
        super().__init__(
            f"Received {'client' if 400 <= original_status < 500 else 'server'} error ({original_status}) from primary "
            f'with message "{original_message}".'
        )
        self.original_status = original_status
        self.original_message = original_message


class ModelDidNotLoad(EndpointError):
    status = 502
    name = "InternalFailure"
