"""A GET of a named object version honours Range and the response-* overrides, as it does without a version."""

from local.emulator.fit import Fit
from local.emulator.settings import Settings

NAME = "object version ranges"


def apply(_settings: Settings) -> None:
    from ministack.services import s3

    fit = Fit(NAME)
    fit.needs(s3, "_get_object", "_parse_range", "_qp", "_apply_response_overrides", "_range_error_xml", "_xml_body")
    whole = s3._get_object

    def get_object(bucket_name, key, headers, query_params=None):
        status, answered, body = whole(bucket_name, key, headers, query_params)
        asked = headers.get("range", "")
        if status != 200 or not s3._qp(query_params or {}, "versionId", ""):
            return status, answered, body
        s3._apply_response_overrides(answered, query_params)
        if not asked:
            return status, answered, body
        span = s3._parse_range(asked, len(body))
        if span is None:
            refused = {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}
            return 416, refused, s3._xml_body(s3._range_error_xml(bucket_name, key))
        start, end = span
        part = body[start : end + 1]
        # A checksum of the whole cannot hold for a part.
        kept = {name: value for name, value in answered.items() if not name.lower().startswith("x-amz-checksum")}
        return 206, {**kept, "Content-Length": str(len(part)), "Content-Range": f"bytes {start}-{end}/{len(body)}"}, part

    s3._get_object = get_object
