"""An HTTP API's CORS from a template: MiniStack stores the template's PascalCase keys, then reads camelCase ones."""

from local.emulator.fit import Fit
from local.emulator.resource_types import Properties, wrap_handlers
from local.emulator.settings import Settings

NAME = "http api cors"
API_TYPE = "AWS::ApiGatewayV2::Api"


def with_wire_names(properties: Properties) -> Properties:
    cors = properties.get("CorsConfiguration")
    if not cors:
        return properties
    named = {key[0].lower() + key[1:]: int(value) if key == "MaxAge" else value for key, value in cors.items()}
    return {**properties, "CorsConfiguration": named}


def apply(_settings: Settings) -> None:
    Fit(NAME).handlers(API_TYPE)

    def create(old, logical_id, properties, stack):
        return old(logical_id, with_wire_names(properties), stack)

    def update(old, physical_id, old_properties, new_properties, *rest):
        return old(physical_id, with_wire_names(old_properties), with_wire_names(new_properties), *rest)

    wrap_handlers(API_TYPE, create=create, update=update)
