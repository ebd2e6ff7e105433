from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts_app"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts_app.sign_in_audit import connect  # noqa: PLC0415 - models are only now there

        connect()
