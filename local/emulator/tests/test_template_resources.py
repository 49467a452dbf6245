"""Canaries: resource types that MiniStack lacks or only half provisions."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.deployer import DeploymentFailed
from local.emulator.patches.recorded_resources import RECORDED
from local.emulator.tests.canary_stack import ROLE, attribute, ref
from local.emulator.tests.conftest import Emulator
from local.emulator.tests.servers import ModelServer, SearchServer

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6"


def endpoint_resources(name: str, image: str = IMAGE) -> dict[str, Any]:
    container = {"Image": image, "ModelDataUrl": f"s3://models/{name}.tar.gz", "Environment": {"WORKERS": 2}}
    variant = {"ModelName": attribute("Model", "ModelName"), "VariantName": "main", "InitialInstanceCount": 1}
    return {
        "Model": {"Type": "AWS::SageMaker::Model", "Properties": {"ExecutionRoleArn": ROLE, "PrimaryContainer": container}},
        "Config": {
            "Type": "AWS::SageMaker::EndpointConfig",
            "Properties": {
                "ProductionVariants": [variant],
                "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://results/"}},
            },
        },
        "Endpoint": {
            "Type": "AWS::SageMaker::Endpoint",
            "Properties": {"EndpointName": name, "EndpointConfigName": attribute("Config", "EndpointConfigName")},
        },
    }


def test_a_server_that_is_told_of_a_resource_can_call_the_emulator_before_it_answers(
    emulator: Emulator, model_server: ModelServer, search_server: SearchServer, tmp_path: Path
):
    assert model_server.calls_back_to and search_server.calls_back_to
    emulator.deploy(tmp_path, CallBack={"Resources": endpoint_resources("call-back") | index_resource("call-back")})
    assert model_server.asked("PUT", "/endpoints/call-back")
    assert search_server.asked("PUT", "/call-back")


def test_an_endpoint_tells_the_model_server_its_models_and_goes_with_its_stack(
    emulator: Emulator, model_server: ModelServer, tmp_path: Path
):
    outputs = {"Arn": {"Value": ref("Endpoint")}, "Name": {"Value": attribute("Endpoint", "EndpointName")}}
    template = {"Resources": endpoint_resources("embed"), "Outputs": outputs}
    deployed = emulator.deploy(tmp_path, Models=template)["Models"]
    assert deployed == {"Arn": "arn:aws:sagemaker:us-east-1:000000000000:endpoint/embed", "Name": "embed"}
    assert model_server.asked("PUT", "/endpoints/embed") == [
        {
            "endpointName": "embed",
            "variants": [
                {
                    "variantName": "main",
                    "image": IMAGE,
                    "modelDataUrl": "s3://models/embed.tar.gz",
                    "environment": {"WORKERS": "2"},
                }
            ],
            "asyncInference": {"OutputConfig": {"S3OutputPath": "s3://results/"}},
        }
    ]
    emulator.client("cloudformation").delete_stack(StackName="Models")
    emulator.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName="Models", WaiterConfig={"Delay": 1})
    assert len(model_server.asked("DELETE", "/endpoints/embed")) == 1


def test_a_changed_model_reaches_the_model_server_by_an_update(emulator: Emulator, model_server: ModelServer, tmp_path: Path):
    first = endpoint_resources("rerank")
    emulator.deploy(tmp_path, Rerank={"Resources": first})
    second = json.loads(json.dumps(first).replace("rerank.tar.gz", "rerank-2.tar.gz"))
    second["NewerModel"] = second.pop("Model")
    second["NewerModel"]["Properties"]["ModelName"] = "rerank-2"
    second["Config"]["Properties"]["ProductionVariants"][0]["ModelName"] = "rerank-2"
    second["Config"]["DependsOn"] = "NewerModel"
    second["Config"]["Properties"]["EndpointConfigName"] = "rerank-config-2"
    second["Endpoint"]["Properties"]["EndpointConfigName"] = "rerank-config-2"
    second["Endpoint"]["DependsOn"] = "Config"
    emulator.deploy(tmp_path, Rerank={"Resources": second})
    urls = [asked["variants"][0]["modelDataUrl"] for asked in model_server.asked("PUT", "/endpoints/rerank")]
    assert urls == ["s3://models/rerank.tar.gz", "s3://models/rerank-2.tar.gz"]


def test_an_endpoint_the_model_server_refuses_fails_the_stack_with_the_servers_sentence(emulator: Emulator, tmp_path: Path):
    with pytest.raises(DeploymentFailed, match=r"Endpoint \(AWS::SageMaker::Endpoint\): .*The archive holds no model.json\."):
        emulator.deploy(tmp_path, Broken={"Resources": endpoint_resources("broken-one", image="broken")})


def test_an_invocation_passes_headers_status_and_body_through(emulator: Emulator):
    runtime = emulator.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName="embed", Body=b"windows", ContentType="application/x-npy", TargetVariant="main")
    assert (answer["Body"].read(), answer["ContentType"], answer["CustomAttributes"]) == (
        b"windows",
        "application/x-echo",
        "seen",
    )
    started = runtime.invoke_endpoint_async(EndpointName="shots", InputLocation="s3://media/windows")
    assert started["OutputLocation"] == "s3://results/1.out"
    with pytest.raises(ClientError, match=r"424.*model error"):
        runtime.invoke_endpoint(EndpointName="failing", Body=b"")


def index_resource(name: str, **field: Any) -> dict[str, Any]:
    vector = {
        "Type": "knn_vector",
        "Dimension": 384,
        "Method": {
            "Name": "hnsw",
            "Engine": "faiss",
            "SpaceType": "innerproduct",
            "Parameters": {"EfConstruction": 512, "M": 16},
        },
        **field,
    }
    properties = {
        "CollectionEndpoint": attribute("Collection", "CollectionEndpoint"),
        "IndexName": name,
        "Mappings": {"Properties": {"vector": vector, "desk": {"Type": "keyword", "Index": True}}},
        "Settings": {"Index": {"Knn": True, "KnnAlgoParamEfSearch": 100, "RefreshInterval": "1s"}},
    }
    return {
        "Collection": {
            "Type": "AWS::OpenSearchServerless::Collection",
            "Properties": {"Name": "archive", "Type": "VECTORSEARCH"},
        },
        "Index": {"Type": "AWS::OpenSearchServerless::Index", "Properties": properties},
    }


def test_a_search_index_is_created_by_a_signed_request_in_opensearchs_names(
    emulator: Emulator, search_server: SearchServer, tmp_path: Path
):
    emulator.deploy(tmp_path, Search={"Resources": index_resource("documents")})
    assert search_server.asked("PUT", "/documents") == [
        {
            "settings": {"index": {"knn": True, "knn.algo_param.ef_search": 100, "refresh_interval": "1s"}},
            "mappings": {
                "properties": {
                    "vector": {
                        "type": "knn_vector",
                        "dimension": 384,
                        "method": {
                            "name": "hnsw",
                            "engine": "faiss",
                            "space_type": "innerproduct",
                            "parameters": {"ef_construction": 512, "m": 16},
                        },
                    },
                    "desk": {"type": "keyword", "index": True},
                }
            },
        }
    ]
    headers = next(headers for method, path, headers, _ in search_server.requests if path == "/documents")
    assert "/us-east-1/aoss/aws4_request" in headers["authorization"]
    assert len(headers["x-amz-content-sha256"]) == 64


def test_an_index_that_exists_gets_its_mapping_and_a_refused_one_fails_with_the_reason(
    emulator: Emulator, search_server: SearchServer, tmp_path: Path
):
    emulator.deploy(tmp_path, Taken={"Resources": index_resource("taken")})
    assert search_server.asked("PUT", "/taken/_mapping")[0]["properties"]["desk"] == {"type": "keyword", "index": True}
    with pytest.raises(DeploymentFailed, match="Dimension is missing for vector"):
        emulator.deploy(tmp_path, Refused={"Resources": index_resource("refused")})
    with pytest.raises(DeploymentFailed, match="the property Boost is not one"):
        emulator.deploy(tmp_path, Unknown={"Resources": index_resource("unknown", Boost=2)})


def test_recorded_resources_answer_ref_as_aws_does(emulator: Emulator, tmp_path: Path):
    target = {
        "ResourceId": "endpoint/embed/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ServiceNamespace": "sagemaker",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    }
    resources = {
        "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": target},
        "Group": {"Type": "AWS::XRay::Group", "Properties": {"GroupName": "canary"}},
    }
    outputs = {"Target": {"Value": ref("Target")}, "Group": {"Value": ref("Group")}}
    deployed = emulator.deploy(tmp_path, Recorded={"Resources": resources, "Outputs": outputs})["Recorded"]
    assert deployed["Target"] == "endpoint/embed/variant/main|sagemaker:variant:DesiredInstanceCount|sagemaker"
    assert deployed["Group"] == "arn:aws:xray:us-east-1:000000000000:group/canary"
    assert "AWS::XRay::Group" in RECORDED


def test_a_tables_time_to_live_is_switched_on(emulator: Emulator, outputs):
    described = emulator.client("dynamodb").describe_time_to_live(TableName=outputs["Table"])["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}


def test_a_bucket_deployment_unpacks_fills_in_markers_and_prunes(emulator: Emulator, tmp_path: Path):
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="sources")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        entries.writestr("index.html", "<h1>Archive</h1>")
        entries.writestr("config.json", '{"api": "<<marker:0>>"}')
    s3.put_object(Bucket="sources", Key="site.zip", Body=archive.getvalue())
    deployment = {
        "ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:none",
        "SourceBucketNames": ["sources"],
        "SourceObjectKeys": ["site.zip"],
        "SourceMarkers": [{"<<marker:0>>": attribute("Destination", "Arn")}],
        "DestinationBucketName": ref("Destination"),
        "Prune": True,
        "SystemMetadata": {"cache-control": "no-store"},
    }
    resources = {
        "Destination": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "deployed-site"}},
        "Deployment": {"Type": "Custom::CDKBucketDeployment", "Properties": deployment},
    }
    emulator.deploy(tmp_path, Site={"Resources": resources})
    page = s3.get_object(Bucket="deployed-site", Key="index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html", "no-store")
    assert json.loads(s3.get_object(Bucket="deployed-site", Key="config.json")["Body"].read()) == {
        "api": "arn:aws:s3:::deployed-site"
    }
    s3.put_object(Bucket="deployed-site", Key="stale.js", Body=b"old")
    resources["Deployment"]["Properties"]["SystemMetadata"] = {"cache-control": "max-age=60"}
    emulator.deploy(tmp_path, Site={"Resources": resources})
    kept = [item["Key"] for item in s3.list_objects_v2(Bucket="deployed-site")["Contents"]]
    assert sorted(kept) == ["config.json", "index.html"]
