"""Resource types that only have to exist here: their effect is asserted on the template, not shown locally."""

from collections.abc import Callable

from local.emulator.fit import Fit
from local.emulator.resource_types import Attributes, Properties, arn, name_of, register
from local.emulator.settings import Settings

NAME = "recorded resources"

Ref = Callable[[str, Properties], str]
GetAtt = Callable[[str, Properties], Attributes]


def _no_attributes(_name: str, _properties: Properties) -> Attributes:
    return {}


def _own_name(name: str, _properties: Properties) -> str:
    return name


# type -> (property that names it, what Ref gives, what GetAtt gives), as the CloudFormation reference has them
RECORDED: dict[str, tuple[str | None, Ref, GetAtt]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        None,
        lambda name, p: f"{p['ResourceId']}|{p['ScalableDimension']}|{p['ServiceNamespace']}",
        lambda name, p: {"Id": f"{p['ResourceId']}|{p['ScalableDimension']}|{p['ServiceNamespace']}"},
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "PolicyName",
        lambda name, p: arn("autoscaling", f"scalingPolicy:{name}"),
        lambda name, p: {"Arn": arn("autoscaling", f"scalingPolicy:{name}")},
    ),
    "AWS::Logs::QueryDefinition": ("Name", _own_name, lambda name, p: {"QueryDefinitionId": name}),
    "AWS::XRay::Group": (
        "GroupName",
        lambda name, p: arn("xray", f"group/{name}"),
        lambda name, p: {"GroupARN": arn("xray", f"group/{name}")},
    ),
    "AWS::XRay::SamplingRule": (
        "RuleName",
        lambda name, p: arn("xray", f"sampling-rule/{name}"),
        lambda name, p: {"RuleARN": arn("xray", f"sampling-rule/{name}")},
    ),
    "AWS::XRay::ResourcePolicy": ("PolicyName", _own_name, _no_attributes),
    "AWS::WAFv2::WebACLAssociation": (None, lambda name, p: f"{p['WebACLArn']}|{p['ResourceArn']}", _no_attributes),
    "AWS::WAFv2::LoggingConfiguration": (None, lambda name, p: p["ResourceArn"], _no_attributes),
    "AWS::WAFv2::IPSet": (
        "Name",
        lambda name, p: f"{name}|{name}|{p['Scope']}",
        lambda name, p: {"Arn": arn("wafv2", f"{p['Scope'].lower()}/ipset/{name}/{name}"), "Id": name},
    ),
    "AWS::Budgets::Budget": (None, _own_name, _no_attributes),
    "AWS::CE::AnomalyMonitor": (
        None,
        lambda name, p: arn("ce", f"anomalymonitor/{name}"),
        lambda name, p: {"MonitorArn": arn("ce", f"anomalymonitor/{name}")},
    ),
    "AWS::CE::AnomalySubscription": (
        None,
        lambda name, p: arn("ce", f"anomalysubscription/{name}"),
        lambda name, p: {"SubscriptionArn": arn("ce", f"anomalysubscription/{name}")},
    ),
    "AWS::CloudFront::MonitoringSubscription": (None, lambda name, p: p["DistributionId"], _no_attributes),
    "AWS::CloudWatch::AnomalyDetector": (None, _own_name, lambda name, p: {"Id": name}),
    "AWS::SecretsManager::ResourcePolicy": (None, lambda name, p: p["SecretId"], lambda name, p: {"Id": p["SecretId"]}),
    "AWS::SecretsManager::RotationSchedule": (None, lambda name, p: p["SecretId"], lambda name, p: {"Id": p["SecretId"]}),
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": (None, _own_name, _no_attributes),
    "AWS::Cognito::LogDeliveryConfiguration": (None, _own_name, lambda name, p: {"Id": name}),
    "AWS::ServiceCatalogAppRegistry::Application": (
        "Name",
        _own_name,
        lambda name, p: {"Id": name, "Arn": arn("servicecatalog", f"/applications/{name}"), "ApplicationTagValue": name},
    ),
    "AWS::OpenSearchServerless::LifecyclePolicy": ("Name", lambda name, p: f"{name}|{p['Type']}", _no_attributes),
    "AWS::OpenSearchServerless::VpcEndpoint": ("Name", _own_name, lambda name, p: {"Id": name}),
    "AWS::OpenSearchServerless::SecurityConfig": ("Name", _own_name, lambda name, p: {"Id": name}),
    "AWS::OpenSearchServerless::CollectionGroup": (
        "Name",
        _own_name,
        lambda name, p: {"Id": name, "Arn": arn("aoss", f"collection-group/{name}")},
    ),
    "AWS::EC2::EIP": (
        None,
        lambda name, p: "203.0.113.1",
        lambda name, p: {"AllocationId": f"eipalloc-{name}", "PublicIp": "203.0.113.1"},
    ),
    "AWS::EC2::NatGateway": (None, lambda name, p: f"nat-{name}", lambda name, p: {"NatGatewayId": f"nat-{name}"}),
    "AWS::EC2::SecurityGroupIngress": (None, lambda name, p: f"sgr-{name}", lambda name, p: {"Id": f"sgr-{name}"}),
    "AWS::EC2::SecurityGroupEgress": (None, lambda name, p: f"sgr-{name}", lambda name, p: {"Id": f"sgr-{name}"}),
    "AWS::EC2::FlowLog": (None, lambda name, p: f"fl-{name}", lambda name, p: {"Id": f"fl-{name}"}),
    "AWS::ECS::ClusterCapacityProviderAssociations": (None, lambda name, p: p["Cluster"], _no_attributes),
}


def _register_recorded(resource_type: str, name_property: str | None, ref: Ref, attributes: GetAtt) -> None:
    def put(logical_id: str, properties: Properties, stack: str) -> tuple[str, Attributes]:
        name = name_of(properties, name_property, stack, logical_id)
        return ref(name, properties), attributes(name, properties)

    register(resource_type, put)


def apply(_settings: Settings) -> None:
    from ministack.services.cloudformation import provisioners

    fit = Fit(NAME)
    fit.needs(provisioners, "_RESOURCE_HANDLERS", "_physical_name")
    for resource_type, (name_property, ref, attributes) in RECORDED.items():
        fit.holds(resource_type not in provisioners._RESOURCE_HANDLERS, f"no {resource_type} of its own (drop ours)")
        _register_recorded(resource_type, name_property, ref, attributes)
