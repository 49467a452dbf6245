"""The stack the canaries share: a function, a bucket, a table, queues, a state machine, an API, a user pool and a site."""

from typing import Any

ROLE = "arn:aws:iam::000000000000:role/any"
PAGE_ORIGIN = "http://127.0.0.1:5199"

# What it does depends on the event: throw a named error, log, sleep, start the state machine, invoke itself.
FUNCTION_CODE = """
class TooEarly extends Error { constructor(message) { super(message); this.name = "TooEarly"; } }
const { SFNClient, StartExecutionCommand } = require("@aws-sdk/client-sfn");
const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");
exports.handler = async (event, context) => {
  if (event.log) for (const line of event.log) console.log(line);
  if (event.sleepMs) await new Promise((done) => setTimeout(done, event.sleepMs));
  if (event.throwName) throw new TooEarly(event.throwName);
  if (event.invokeSelf) {
    const payload = JSON.stringify({ sleepMs: 50 });
    const answer = await new LambdaClient({}).send(new InvokeCommand({ FunctionName: context.functionName, Payload: payload }));
    return { nested: JSON.parse(Buffer.from(answer.Payload).toString()) };
  }
  for (const record of event.Records ?? []) {
    const input = JSON.parse(record.body).detail.object;
    const request = { stateMachineArn: process.env.MACHINE, input: JSON.stringify(input) };
    await new SFNClient({}).send(new StartExecutionCommand(request));
  }
  return { node: process.version, nodePath: process.env.NODE_PATH ?? "" };
};
"""


def function(code: str = FUNCTION_CODE, **properties: Any) -> dict[str, Any]:
    inline = {"Handler": "index.handler", "Runtime": "nodejs24.x", "Role": ROLE, "Timeout": 20, "Code": {"ZipFile": code}}
    return {"Type": "AWS::Lambda::Function", "Properties": {**inline, **properties}}


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def attribute(resource: str, name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, name]}


def ref(resource: str) -> dict[str, Any]:
    return {"Ref": resource}


def template() -> dict[str, Any]:
    resources = _storage() | _journey() | _alarms() | _web()
    outputs = {
        "Bucket": ref("Bucket"),
        "Table": ref("Table"),
        "Function": ref("Function"),
        "FunctionLog": ref("FunctionLog"),
        "Machine": ref("Machine"),
        "DeadLetterUrl": ref("DeadLetter"),
        "DeadLetterArn": attribute("DeadLetter", "Arn"),
        "SourceUrl": ref("Source"),
        "SourceArn": attribute("Source", "Arn"),
        "EventsUrl": ref("Events"),
        "PagesUrl": ref("Pages"),
        "ApiId": ref("Api"),
        "PoolId": ref("Pool"),
        "ClientId": ref("Client"),
        "SiteDomain": attribute("Site", "DomainName"),
    }
    return {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


def _storage() -> dict[str, Any]:
    rule = {
        "AllowedMethods": ["GET", "PUT", "HEAD"],
        "AllowedOrigins": [PAGE_ORIGIN],
        "AllowedHeaders": ["*"],
        "ExposedHeaders": ["ETag"],
        "MaxAge": 600,
    }
    return {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "VersioningConfiguration": {"Status": "Enabled"},
                "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
                "CorsConfiguration": {"CorsRules": [rule]},
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::GlobalTable",
            "Properties": {
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expiresAt"},
                "Replicas": [{"Region": "us-east-1"}],
            },
        },
    }


def _journey() -> dict[str, Any]:
    put_item = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Arguments": {
            "TableName": ref("Table"),
            "Item": {"pk": {"S": "{% $states.input.key %}"}, "version": {"S": "{% $states.input.`version-id` %}"}},
        },
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Put", "States": {"Put": put_item}}
    event_pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [ref("Bucket")]}}}
    targets = [{"Id": "queue", "Arn": attribute("Incoming", "Arn")}, {"Id": "events", "Arn": attribute("Events", "Arn")}]
    mapping = {"EventSourceArn": attribute("Incoming", "Arn"), "FunctionName": ref("Function"), "BatchSize": 5}
    log_group = {"LogGroupName": "/canary/function"}
    return {
        "Incoming": queue(VisibilityTimeout=30),
        "Events": queue(),
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": event_pattern, "Targets": targets}},
        "FunctionLog": {"Type": "AWS::Logs::LogGroup", "Properties": log_group},
        "Function": function(
            LoggingConfig={"LogGroup": ref("FunctionLog")}, Environment={"Variables": {"MACHINE": ref("Machine")}}
        ),
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": ROLE, "Definition": definition}},
        "Errors": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": ref("FunctionLog"),
                "FilterPattern": '{ ($.level = "ERROR") && ($.status >= 500) }',
                "MetricTransformations": [{"MetricNamespace": "Canary", "MetricName": "FilteredErrors", "MetricValue": "1"}],
            },
        },
    }


def _alarms() -> dict[str, Any]:
    redrive = {"deadLetterTargetArn": attribute("DeadLetter", "Arn"), "maxReceiveCount": 1}
    depth = {
        "AlarmName": "canary-dead-letters",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": attribute("DeadLetter", "QueueName")}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [ref("Topic")],
    }
    metric = {"Namespace": "Canary", "Dimensions": [{"Name": "service", "Value": "canary"}]}
    share = {
        "AlarmName": "canary-failing-share",
        "EvaluationPeriods": 1,
        "Threshold": 20,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {"Id": "share", "Expression": "IF(total > 0, 100 * failed / total, 0)"},
            *(
                {
                    "Id": name,
                    "ReturnData": False,
                    "MetricStat": {"Metric": {**metric, "MetricName": name.title()}, "Period": 60, "Stat": "Sum"},
                }
                for name in ("failed", "total")
            ),
        ],
    }
    return {
        "DeadLetter": queue(),
        "Source": queue(VisibilityTimeout=0, RedrivePolicy=redrive),
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Pages": queue(),
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": ref("Topic"), "Protocol": "sqs", "Endpoint": attribute("Pages", "Arn")},
        },
        "PagesPolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [ref("Pages"), ref("Incoming"), ref("Events")],
                "PolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
                },
            },
        },
        "DepthAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": depth},
        "ShareAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": share},
        "AnyAlarm": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "DependsOn": ["DepthAlarm", "ShareAlarm"],
            "Properties": {
                "AlarmName": "canary-any",
                "AlarmRule": 'ALARM("canary-dead-letters") OR ALARM("canary-failing-share")',
                "AlarmActions": [ref("Topic")],
            },
        },
    }


def _web() -> dict[str, Any]:
    cors = {"AllowOrigins": [PAGE_ORIGIN], "AllowMethods": ["GET"], "AllowHeaders": ["authorization"], "MaxAge": 600}
    integration = {
        "ApiId": ref("Api"),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": attribute("Function", "Arn"),
        "PayloadFormatVersion": "2.0",
    }
    target = {"Fn::Join": ["", ["integrations/", ref("Integration")]]}
    security = {"ContentSecurityPolicy": {"ContentSecurityPolicy": "default-src 'self'", "Override": True}}
    site_origin = {
        "Id": "site",
        "DomainName": attribute("SiteBucket", "RegionalDomainName"),
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": attribute("Access", "Id"),
    }
    fall_back = [{"ErrorCode": code, "ResponseCode": 200, "ResponsePagePath": "/index.html"} for code in (403, 404)]
    distribution = {
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": [site_origin],
        "CustomErrorResponses": fall_back,
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "ResponseHeadersPolicyId": ref("Headers"),
        },
    }
    return {
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": "canary", "ProtocolType": "HTTP", "CorsConfiguration": cors},
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": ref("Api"), "StageName": "$default", "AutoDeploy": True},
        },
        "Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": integration},
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {"ApiId": ref("Api"), "RouteKey": "GET /status", "Target": target},
        },
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "canary"}},
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            },
        },
        "SiteBucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        "SitePolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": ref("SiteBucket"),
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": {"AWS": "*"},
                            "Action": "s3:*",
                            "Resource": {"Fn::Join": ["", [attribute("SiteBucket", "Arn"), "/*"]]},
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudfront.amazonaws.com"},
                            "Action": "s3:GetObject",
                            "Resource": {"Fn::Join": ["", [attribute("SiteBucket", "Arn"), "/*"]]},
                        },
                    ]
                },
            },
        },
        "Access": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {
                "OriginAccessControlConfig": {
                    "Name": "canary",
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        },
        "Headers": {
            "Type": "AWS::CloudFront::ResponseHeadersPolicy",
            "Properties": {"ResponseHeadersPolicyConfig": {"Name": "canary", "SecurityHeadersConfig": security}},
        },
        "Site": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": distribution}},
    }
