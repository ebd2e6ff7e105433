"""What list endpoints share: where a page starts, how long it is, and the refusals every endpoint documents."""

from accounts_app.errors import Refused
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

DEFAULT_LIMIT = 50
MOST_LIMIT = 100
_MOST_OFFSET = 10_000_000

PAGE_PARAMETERS = [
    OpenApiParameter("offset", int, description="How many to pass over (0)."),
    OpenApiParameter("limit", int, description=f"How many to list ({DEFAULT_LIMIT}); more than {MOST_LIMIT} is {MOST_LIMIT}."),
]


def page_of(request: Request) -> tuple[int, int]:
    """`offset` and `limit` of the query string, the limit clamped. Raises Refused when they are no whole numbers."""
    offset = _whole_number(request, "offset", 0, _MOST_OFFSET)
    return offset, min(_whole_number(request, "limit", DEFAULT_LIMIT, 10**12), MOST_LIMIT)


def _whole_number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 12 and int(text) <= most):
        detail = f"'{name}' must be a whole number from 0 to {most:,}."
        raise Refused(detail, errors={name: [detail]})
    return int(text)
