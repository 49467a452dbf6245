"""A template's TimeToLiveSpecification is stored with the table, but nothing expires: switch it on."""

from local.emulator.fit import Fit
from local.emulator.resource_types import Properties, wrap_handlers
from local.emulator.settings import Settings

NAME = "table time to live"
TABLE_TYPES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def apply(_settings: Settings) -> None:
    from ministack.services import dynamodb

    fit = Fit(NAME)
    fit.needs(dynamodb, "_update_ttl", "_describe_ttl")
    fit.handlers(*TABLE_TYPES)

    def switch(table: str, properties: Properties) -> None:
        wanted = properties.get("TimeToLiveSpecification")
        if wanted:
            enabled = str(wanted.get("Enabled", True)).lower() == "true"
            specification = {"Enabled": enabled, "AttributeName": wanted["AttributeName"]}
            dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})

    def create(old, logical_id, properties, stack):
        created = old(logical_id, properties, stack)
        switch(created[0], properties)
        return created

    def update(old, physical_id, old_properties, new_properties, *rest):
        updated = old(physical_id, old_properties, new_properties, *rest)
        switch(updated[0], new_properties)
        return updated

    for table_type in TABLE_TYPES:
        wrap_handlers(table_type, create=create, update=update)
