"""Packages and what belongs to them in the admin site. Pages read; actions call the services, so their rules hold here
too."""

from packages_app.admin import findings, jobs, packages, policies, records

__all__ = ["findings", "jobs", "packages", "policies", "records"]
