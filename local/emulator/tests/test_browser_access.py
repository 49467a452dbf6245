"""Canaries: what a page on another loopback port meets: CORS, presigned uploads, ranges, sign-in, the site."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from local.emulator.tests.canary_stack import PAGE_ORIGIN
from local.emulator.tests.conftest import Emulator

STRANGER_ORIGIN = "http://evil.example"


def ask(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, {k.lower(): v for k, v in answer.headers.items()}, answer.read()


def presigned(emulator: Emulator, operation: str, bucket: str, key: str, **parameters: Any) -> str:
    named = {"Bucket": bucket, "Key": key, **parameters}
    return emulator.client("s3").generate_presigned_url(operation, Params=named, ExpiresIn=60)


def test_a_page_uploads_by_presigned_put_as_the_buckets_cors_allows(emulator: Emulator, outputs):
    url = presigned(emulator, "put_object", outputs["Bucket"], "incoming/desk/a b+c.jpg", ContentType="image/jpeg")
    preflight = ask(
        url, "OPTIONS", Origin=PAGE_ORIGIN, Access_Control_Request_Method="PUT", Access_Control_Request_Headers="content-type"
    )
    assert preflight[0] == 200
    assert preflight[1]["access-control-allow-origin"] == PAGE_ORIGIN
    assert "PUT" in preflight[1]["access-control-allow-methods"]
    put = ask(url, "PUT", b"jpeg", Origin=PAGE_ORIGIN, Content_Type="image/jpeg")
    assert put[0] == 200
    assert put[1]["access-control-allow-origin"] == PAGE_ORIGIN
    assert "etag" in put[1]["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    ("origin", "method"), [(STRANGER_ORIGIN, "PUT"), (PAGE_ORIGIN, "DELETE")], ids=["another origin", "another method"]
)
def test_what_the_buckets_cors_does_not_allow_is_refused(emulator: Emulator, outputs, origin: str, method: str):
    url = presigned(emulator, "put_object", outputs["Bucket"], "incoming/desk/a.jpg")
    status, headers, _ = ask(url, "OPTIONS", Origin=origin, Access_Control_Request_Method=method)
    assert status == 403
    assert "access-control-allow-origin" not in headers


def test_an_answer_to_another_origin_carries_no_cors_headers(emulator: Emulator, outputs):
    emulator.client("s3").put_object(Bucket=outputs["Bucket"], Key="clip.mp4", Body=b"0123456789")
    _, headers, _ = ask(presigned(emulator, "get_object", outputs["Bucket"], "clip.mp4"), Origin=STRANGER_ORIGIN)
    assert "access-control-allow-origin" not in headers


def test_a_player_reads_a_video_by_ranges(emulator: Emulator, outputs):
    emulator.client("s3").put_object(Bucket=outputs["Bucket"], Key="clip.mp4", Body=b"0123456789", ContentType="video/mp4")
    url = presigned(emulator, "get_object", outputs["Bucket"], "clip.mp4")
    status, headers, body = ask(url, Range="bytes=2-5", Origin=PAGE_ORIGIN)
    assert (status, body, headers["content-range"], headers["content-type"]) == (206, b"2345", "bytes 2-5/10", "video/mp4")
    assert headers["access-control-allow-origin"] == PAGE_ORIGIN


def test_an_http_api_answers_preflights_as_its_template_says(emulator: Emulator, outputs):
    url = f"{emulator.url}/_aws/execute-api/{outputs['ApiId']}/$default/status"
    asked = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "authorization"}
    status, headers, _ = ask(url, "OPTIONS", Origin=PAGE_ORIGIN, **asked)
    assert (status, headers["access-control-allow-origin"]) == (204, PAGE_ORIGIN)
    assert "authorization" in headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in ask(url, "OPTIONS", Origin=STRANGER_ORIGIN, **asked)[1]
    assert ask(url, Origin=PAGE_ORIGIN)[1]["access-control-allow-origin"] == PAGE_ORIGIN


def test_calls_of_an_http_api_are_measured(emulator: Emulator, outputs):
    url = f"{emulator.url}/_aws/execute-api/{outputs['ApiId']}/$default"
    assert (ask(f"{url}/status")[0], ask(f"{url}/nowhere")[0]) == (200, 404)
    statistics = emulator.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApiGateway",
        MetricName="4xx",
        Dimensions=[{"Name": "ApiId", "Value": outputs["ApiId"]}, {"Name": "Stage", "Value": "$default"}],
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )
    assert statistics["Datapoints"][0]["Sum"] == 1
    assert statistics["Datapoints"][0]["SampleCount"] >= 2


def test_a_page_signs_in_with_a_password(emulator: Emulator, outputs):
    cognito = emulator.client("cognito-idp")
    cognito.admin_create_user(UserPoolId=outputs["PoolId"], Username="editor", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=outputs["PoolId"], Username="editor", Password="Secret-1234", Permanent=True)
    preflight = ask(
        emulator.url, "OPTIONS", Origin=PAGE_ORIGIN, Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type,x-amz-target",
    )  # fmt: skip
    assert (preflight[0], preflight[1]["access-control-allow-origin"]) == (200, "*")
    parameters = {"USERNAME": "editor", "PASSWORD": "Secret-1234"}
    request = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": outputs["ClientId"], "AuthParameters": parameters}
    status, headers, body = ask(
        emulator.url, "POST", json.dumps(request).encode(), Origin=PAGE_ORIGIN, Content_Type="application/x-amz-json-1.1",
        X_Amz_Target="AWSCognitoIdentityProviderService.InitiateAuth",
    )  # fmt: skip
    assert (status, headers["access-control-allow-origin"]) == (200, "*")
    assert set(json.loads(body)["AuthenticationResult"]) >= {"IdToken", "AccessToken", "RefreshToken"}


def test_the_distribution_serves_the_site_with_its_policy_and_falls_back_to_the_page(emulator: Emulator, outputs):
    site = emulator.client("cloudformation").describe_stack_resource(StackName="Canary", LogicalResourceId="SiteBucket")
    bucket = site["StackResourceDetail"]["PhysicalResourceId"]
    s3 = emulator.client("s3")
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"<h1>Archive</h1>", ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="assets/page.js", Body=b"page()", ContentType="text/javascript")
    for path, content in (("/", b"<h1>Archive</h1>"), ("/assets/page.js", b"page()"), ("/search/anything", b"<h1>Archive</h1>")):
        status, headers, body = ask(f"{emulator.url}{path}", Host=outputs["SiteDomain"])
        assert (path, status, body) == (path, 200, content)
        assert headers["content-security-policy"] == "default-src 'self'"


def test_a_named_version_is_read_in_ranges_and_leaves_under_the_name_that_was_signed(emulator: Emulator):
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="versioned-ranges")
    s3.put_bucket_versioning(Bucket="versioned-ranges", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="versioned-ranges", Key="clip.mp4", Body=b"0123456789")["VersionId"]
    s3.put_object(Bucket="versioned-ranges", Key="clip.mp4", Body=b"abcdefghij")
    asked = {"Bucket": "versioned-ranges", "Key": "clip.mp4", "VersionId": first}
    answer = s3.get_object(**asked, Range="bytes=2-4", ResponseContentDisposition="attachment")
    assert (answer["Body"].read(), answer["ContentRange"]) == (b"234", "bytes 2-4/10")
    assert answer["ContentDisposition"] == "attachment"
    with pytest.raises(s3.exceptions.ClientError, match="InvalidRange"):
        s3.get_object(**asked, Range="bytes=90-99")
