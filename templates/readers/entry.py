"""The entries of this child of a Batchwright run: `for entry in read_entries(): …`. Needs boto3."""
import json, os
import boto3

def read_entries(environment=os.environ):
    bucket, key = environment["BATCHWRIGHT_ENTRIES"].removeprefix("s3://").split("/", 1)
    stride, pack = int(environment["BATCHWRIGHT_STRIDE"]), int(environment.get("BATCHWRIGHT_PACK", 1))
    first = int(environment.get("AWS_BATCH_JOB_ARRAY_INDEX", 0)) * pack * stride
    span = f"bytes={first}-{first + pack * stride - 1}"
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key, Range=span)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]
