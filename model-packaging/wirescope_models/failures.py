"""The failures that end a packaging run, each one sentence that says what to do."""


class PackagingFailed(Exception):
    """A package could not be built; the message is a sentence for whoever ran the command."""
