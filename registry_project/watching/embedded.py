"""CloudWatch's embedded metric format: a number as one line of the log, which CloudWatch makes a metric of.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
AWS's own library for it wants aiohttp and an event loop; what it would do for us is in `embedded_line`.
"""

import json
import logging
import time
from collections.abc import Mapping

from accounts_app.request_ids import current_request_id
from registry_project.watching.numbers import Number

#: Its lines go to standard output bare, whatever the level of the others (settings.LOGGING).
_lines = logging.getLogger("cloudwatch")


def embedded_line(
    number: Number, value: float, labels: Mapping[str, str], *, namespace: str, milliseconds: int, request_id: str = ""
) -> str:
    """`value` as JSON. `labels` has all of the number's; those in none of its groups can be searched for in the log, as
    can the request's id. `milliseconds`: since 1970."""
    metric = {"Name": number.name, "Unit": number.unit}
    directive = {"Namespace": namespace, "Dimensions": number.groups, "Metrics": [metric]}
    line = {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}, **labels, number.name: value}
    return json.dumps(line | ({"request_id": request_id} if request_id else {}), separators=(",", ":"))


def write_line(number: Number, value: float, labels: Mapping[str, str], namespace: str) -> None:
    now = int(time.time() * 1000)
    line = embedded_line(number, value, labels, namespace=namespace, milliseconds=now, request_id=current_request_id())
    _lines.info("%s", line)
