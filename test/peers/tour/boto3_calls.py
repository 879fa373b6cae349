"""Makes the calls that it reads, one JSON line each, and answers each with a JSON line: {output} or {error: {code, message}}."""
import base64
import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
config = Config(retries={"total_max_attempts": 1})
clients = {}


def client(service):
    if service not in clients:
        clients[service] = boto3.client(service, endpoint_url=endpoint, config=config)
    return clients[service]


def to_input(value):
    if isinstance(value, dict):
        if list(value) == ["blob"]:
            return value["blob"].encode()
        return {name: to_input(member) for name, member in value.items()}
    return [to_input(item) for item in value] if isinstance(value, list) else value


def to_json(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return value.read().decode()
    raise TypeError(type(value))


def method(service, operation):
    for name, of in client(service).meta.method_to_api_mapping.items():
        if of == operation:
            return getattr(client(service), name)
    raise LookupError(f"{service} has no {operation}")


for line in sys.stdin:
    call = json.loads(line)
    try:
        output = method(call["service"], call["operation"])(**to_input(call["input"]))
        output.pop("ResponseMetadata", None)
        answer = {"output": output}
    except ClientError as error:
        answer = {"error": {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}}
    except Exception as error:  # The client's own refusal: told apart by its code.
        answer = {"error": {"code": f"boto3 {type(error).__name__}", "message": str(error)}}
    print(json.dumps(answer, default=to_json), flush=True)
