from metrics_app.domain.evidence import ArchiveEvidence


def collect_archive(archive, manifests):
    return ArchiveEvidence(kind=manifests.kind)
