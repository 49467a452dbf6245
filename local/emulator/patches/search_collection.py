"""OpenSearch Serverless collections and policies: the collection's endpoint is the search server that runs beside."""

from local.emulator.fit import Fit
from local.emulator.resource_types import Attributes, Properties, arn, name_of, register
from local.emulator.settings import Settings

NAME = "search collection"


def apply(settings: Settings) -> None:
    from ministack.services.cloudformation import provisioners

    Fit(NAME).needs(provisioners, "_RESOURCE_HANDLERS", "_physical_name")

    def put_collection(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        name = name_of(properties, "Name", stack, logical_id)
        endpoint = settings.search_url or f"https://{name}.us-east-1.aoss.amazonaws.com"
        return name, {
            "Id": name,
            "Arn": arn("aoss", f"collection/{name}"),
            "CollectionEndpoint": endpoint,
            "DashboardEndpoint": endpoint,
        }

    def put_policy(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        return f"{name_of(properties, 'Name', stack, logical_id)}|{properties['Type']}", {}

    register("AWS::OpenSearchServerless::Collection", put_collection)
    register("AWS::OpenSearchServerless::SecurityPolicy", put_policy)
    register("AWS::OpenSearchServerless::AccessPolicy", put_policy)
