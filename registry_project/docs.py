"""The page that shows the API's schema."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerView
from rest_framework.request import Request
from rest_framework.response import Response


class Docs(SpectacularSwaggerView):
    http_method_names = ["get", "head"]  # what OPTIONS would tell has no template

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Without the leave for pop-ups that signing in elsewhere would need; the middleware's header then stands."""
        answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # its own
        answer.headers.pop("Cross-Origin-Opener-Policy", None)
        return answer
