"""Pages of the admin site that ask before something is done: what is about to happen, a form where one is needed, and a
button. Nothing is ever done by following a link."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from accounts_app.models import User

_SHOWN = 20

ListAction = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def ask(
    model_admin: ModelAdmin,
    request: HttpRequest,
    *,
    title: str,
    says: str,
    button: str,
    form: forms.Form | None = None,
    chosen: Iterable[object] = (),
    hidden: Iterable[tuple[str, str]] = (),
    is_dangerous: bool = False,
) -> HttpResponse:
    """The page, whose button sends `form`, and `hidden` with it, to its own address. `chosen` are listed."""
    context = model_admin.admin_site.each_context(request) | {
        "title": title,
        "says": says,
        "button": button,
        "form": form,
        "chosen": list(chosen),
        "hidden": list(hidden),
        "is_dangerous": is_dangerous,
        "opts": model_admin.opts,
        "back": request.GET.get("back", ""),
    }
    return TemplateResponse(request, "accounts_app/ask.html", context)


def confirmed(*, says: str, button: str) -> Callable[[ListAction], ListAction]:
    """Has an action of a list ask first; it is done when the page that asks is sent back."""

    def decorate(action: ListAction) -> ListAction:
        @wraps(action)
        def asking(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            if request.POST.get("confirmed") == "yes":
                return action(self, request, queryset)
            chosen: list[Model] = list(queryset[: self.list_per_page])
            more = [f"and {len(chosen) - _SHOWN} more"] if len(chosen) > _SHOWN else []
            return ask(
                self,
                request,
                title=button,
                says=says,
                button=button,
                chosen=[*chosen[:_SHOWN], *more],
                hidden=[
                    ("action", action.__name__),
                    ("confirmed", "yes"),
                    *((ACTION_CHECKBOX_NAME, str(one.pk)) for one in chosen),
                ],
                is_dangerous=True,
            )

        return asking

    return decorate


def caller(request: HttpRequest) -> User:
    """Whom the admin site let in."""
    return cast(User, request.user)
