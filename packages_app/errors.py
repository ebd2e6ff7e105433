"""What packages can refuse. Their kinds are those of accounts_app.errors."""

from accounts_app.errors import Conflict, Forbidden, NotFound, Refused, TooLarge


class PackageTooLarge(TooLarge):
    code = "too_large"


class InvalidPackage(Refused):
    """The archive can't be accepted as it is; `code` names the rule."""

    def __init__(self, detail: str, *, code: str = "bad_archive") -> None:
        super().__init__(detail)
        self.code = code


class BadRegex(Refused):
    code = "bad_regex"


class RegexTooExpensive(Refused):
    code = "regex_too_expensive"


class NameTaken(Conflict):
    code = "name_taken"


class VersionRetired(Conflict):
    code = "version_retired"


class PackagePending(Conflict):
    code = "package_pending"


class JobNotRetryable(Conflict):
    code = "job_not_retryable"


class PackageNotFound(NotFound):
    code = "package_not_found"


class JobNotFound(NotFound):
    code = "job_not_found"


class UploadNotFound(NotFound):
    code = "upload_not_found"


class UploadClosed(Conflict):
    """The upload is whole; no part of it can be changed any more."""

    code = "upload_closed"


class PartsMissing(Conflict):
    code = "parts_missing"


class PartSuperseded(Conflict):
    code = "part_superseded"


class TooManyUploads(Conflict):
    code = "too_many_uploads"


class WrongPart(Refused):
    """The bytes that came are not those that were announced; `code` says in what."""

    def __init__(self, detail: str, *, code: str) -> None:
        super().__init__(detail)
        self.code = code


class NoRoom(TooLarge):
    code = "no_room"


class UrlInvalid(Forbidden):
    code = "url_invalid"


class NoWeights(NotFound):
    code = "no_weights"


class PolicyRejected(Forbidden):
    code = "policy_rejected"


class NotWaivable(Forbidden):
    code = "permission_denied"


class NotUploader(Forbidden):
    pass


class FindingNotFound(NotFound):
    code = "finding_not_found"


class PolicyNotFound(NotFound):
    code = "no_policy"


class PolicyUnfit(Refused):
    """A source that can't be a policy, or circumstances no policy can be asked in; `code` says which."""

    def __init__(self, detail: str, *, code: str, field: str = "source") -> None:
        super().__init__(detail, errors={field: [detail]})
        self.code = code
