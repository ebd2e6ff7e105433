"""Stand-ins, on loopback, for the AWS services that speak JSON: Secrets Manager's reading, and SQS without its timing."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.gates import Gate

REGION = "eu-central-1"


@dataclass
class Aws:
    """What the services hold: secrets by their ARN; queues by name, each a list of message bodies; taken ones by handle."""

    url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    queues: dict[str, list[str]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    #: Calls that are refused for now, and message bodies that are.
    away: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    #: Where the next request of a call waits.
    gates: dict[str, Gate] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What sends boto3 here."""
        return {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.url,
            "AWS_ENDPOINT_URL_SQS": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "registry-tests",
            "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
        }

    def answer(self, call: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append(call)
        queue = self.queues.get(str(asked.get("QueueName") or asked.get("QueueUrl", "").rpartition("/")[2]))
        self._hold(call)
        if call in self.away:
            return 503, {"__type": "ServiceUnavailable", "message": "Come back later."}
        if call == "GetSecretValue":
            held = self.secrets.get(asked["SecretId"])
            return (200, {"SecretString": held}) if held is not None else _error("ResourceNotFoundException")
        if queue is None:
            return _error("com.amazonaws.sqs#QueueDoesNotExist")
        match call:
            case "GetQueueUrl":
                return 200, {"QueueUrl": f"{self.url}/123456789012/{asked['QueueName']}"}
            case "SendMessageBatch":
                return 200, self._send(queue, asked["Entries"])
            case "ReceiveMessage":
                if not queue:
                    time.sleep(min(asked.get("WaitTimeSeconds", 0), 0.2))
                return 200, {"Messages": [self._take(queue, asked)] if queue else []}
            case "DeleteMessage":
                del self.taken[asked["ReceiptHandle"]]
                return 200, {}
            case "GetQueueAttributes":
                counts = {"ApproximateNumberOfMessages": len(queue)}
                counts["ApproximateNumberOfMessagesNotVisible"] = len(self.taken)
                return 200, {"Attributes": {name: str(counts[name]) for name in asked["AttributeNames"]}}
        return _error(f"UnknownOperation {call}")

    def _hold(self, call: str) -> None:
        if gate := self.gates.pop(call, None):
            gate.wait()

    def _send(self, queue: list[str], entries: list[dict[str, str]]) -> dict[str, Any]:
        assert 1 <= len(entries) <= 10, "SQS refuses more"
        failed = [entry for entry in entries if entry["MessageBody"] in self.refused]
        taken = [entry for entry in entries if entry not in failed]
        queue.extend(entry["MessageBody"] for entry in taken)
        return {
            "Successful": [
                {"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": _md5(entry)} for entry in taken
            ],
            "Failed": [{"Id": entry["Id"], "SenderFault": True, "Code": "InvalidMessageContents"} for entry in failed],
        }

    def _take(self, queue: list[str], asked: dict[str, Any]) -> dict[str, str]:
        assert asked["VisibilityTimeout"] <= 12 * 3600, "SQS refuses more"
        handle = f"handle-{len(self.calls)}"
        self.taken[handle] = queue.pop(0)
        return {"MessageId": handle, "ReceiptHandle": handle, "Body": self.taken[handle]}


def _md5(entry: dict[str, str]) -> str:
    return hashlib.md5(entry["MessageBody"].encode()).hexdigest()


def _error(kind: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": kind, "message": "There is none."}


@contextmanager
def aws() -> Iterator[Aws]:
    """The services, empty, until the block ends."""
    held = Aws()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, answer = held.answer(self.headers["X-Amz-Target"].rpartition(".")[2], json.loads(body))
            except ConnectionAbortedError:
                return
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
