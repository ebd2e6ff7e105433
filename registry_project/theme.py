"""How the admin site looks, and the way around in it. Unfold reads this from the settings."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _item(title: str, icon: str, address: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(address)}


def _list(title: str, icon: str, model: str) -> dict[str, Any]:
    return _item(title, icon, f"admin:{model}_changelist")


def stylesheet(_request: object) -> str:
    return static("registry_project/console.css")


def script(_request: object) -> str:
    return static("registry_project/console.js")


def icon(_request: object) -> str:
    return static("registry_project/icon.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Model Registry",
    "SITE_HEADER": "Model Registry",
    "SITE_URL": "/dashboard",
    "SITE_SYMBOL": "deployed_code",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "registry_project.front_page.with_front_page",
    "STYLES": [stylesheet],
    "SCRIPTS": [script],
    "COLORS": {
        # Indigo: dark enough for white text on 600, light enough for text on the dark page at 500.
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(73% .14 276)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
        "font": {
            "subtle-light": "var(--color-base-600)",
            "subtle-dark": "var(--color-base-300)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {"items": [_item("Front page", "dashboard", "admin:index")]},
            {
                "title": "Packages",
                "items": [
                    _list("Packages", "deployed_code", "packages_app_package"),
                    _list("Scores", "monitoring", "metrics_app_score"),
                    _list("Lineage", "account_tree", "lineage_app_edge"),
                    _list("Downloads", "download", "packages_app_download"),
                    _list("Waivers", "verified", "packages_app_waiver"),
                    _list("Retired versions", "inventory_2", "packages_app_retiredversion"),
                ],
            },
            {
                "title": "Work",
                "items": [
                    _list("Jobs", "pending_actions", "packages_app_job"),
                    _list("Confusion findings", "search_insights", "packages_app_confusionfinding"),
                    _list("Policies", "policy", "packages_app_policy"),
                    _list("Policy verdicts", "gavel", "packages_app_policyverdict"),
                ],
            },
            {
                "title": "People",
                "items": [
                    _list("Users", "group", "accounts_app_user"),
                    _list("Tokens", "key", "accounts_app_token"),
                    _list("Failed sign-ins", "lock_person", "axes_accessattempt"),
                    _list("Audit trail", "history", "accounts_app_auditentry"),
                ],
            },
            {"items": [_item("Danger zone", "dangerous", "danger-zone")]},
        ],
    },
}
