"""Puts a row into every list of a running registry's admin site: `python -m tests.browser.furnishing` in its environment."""

import django


def main() -> None:
    django.setup()
    from accounts_app.chaining import link_entries  # noqa: PLC0415 - models are only now there
    from accounts_app.models import User  # noqa: PLC0415
    from tests.factories.console import furnish  # noqa: PLC0415

    furnish(User.objects.get(username="admin"))
    link_entries()


if __name__ == "__main__":
    main()
