"""Asserting, before a patch is applied, that MiniStack still has every private name the patch relies on."""

from importlib.metadata import version
from types import ModuleType

PINNED_VERSION = "1.5.33"


class PatchDoesNotFit(RuntimeError):
    """A patch was written for other internals than those of the installed MiniStack."""


class Fit:
    """Collects what one patch relies on; every miss is one sentence that names the patch and the pinned version."""

    def __init__(self, patch: str) -> None:
        self.patch = patch

    def needs(self, owner: ModuleType | type, *names: str) -> None:
        """Assert that `owner` has each attribute. Raises PatchDoesNotFit."""
        for name in names:
            self.holds(hasattr(owner, name), f"{owner.__name__}.{name}")

    def handlers(self, *resource_types: str) -> None:
        """Assert that MiniStack provisions each CloudFormation resource type itself. Raises PatchDoesNotFit."""
        from ministack.services.cloudformation import provisioners

        self.needs(provisioners, "_RESOURCE_HANDLERS")
        for resource_type in resource_types:
            self.holds(
                "create" in provisioners._RESOURCE_HANDLERS.get(resource_type, {}), f"a create handler for {resource_type}"
            )

    def holds(self, condition: bool, what: str) -> None:
        """Assert anything else the patch takes for granted. Raises PatchDoesNotFit."""
        if not condition:
            raise PatchDoesNotFit(
                f"The patch {self.patch!r} needs {what}, which MiniStack {version('ministack')} does not have: "
                f"it was written for MiniStack {PINNED_VERSION}. Install that version or adapt the patch and its canary test."
            )
