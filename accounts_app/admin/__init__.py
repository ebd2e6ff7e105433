"""Users, tokens and the audit trail in the admin site; every change goes through the services, so their rules hold here
too."""

from accounts_app.admin.failed_sign_ins import FailedSignInAdmin
from accounts_app.admin.tokens import TokenAdmin
from accounts_app.admin.trail import AuditEntryAdmin
from accounts_app.admin.users import UserAdmin

__all__ = ["AuditEntryAdmin", "FailedSignInAdmin", "TokenAdmin", "UserAdmin"]
