"""The metadata of a package as one JSON object, null for an unknown one.

A function keeps its plan for the life of a connection, PgBouncer's included; sent as a statement the query would be planned
at every call, which takes three times as long as running it.
"""

from django.db import migrations

PACKAGE_METADATA = """
CREATE FUNCTION package_metadata(wanted uuid) RETURNS json LANGUAGE plpgsql STABLE AS $function$
BEGIN
RETURN (
SELECT json_build_object(
    'id', p.id, 'name', p.name, 'version', p.version, 'kind', p.kind, 'status', p.status,
    'description', c.description, 'model_card', c.text,
    'license', p.license, 'size_bytes', p.size_bytes, 'sha256', p.sha256, 'is_sensitive', p.is_sensitive,
    'uploader', u.username, 'upload_date', to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'net_score', coalesce(p.net_score, -1),
    'average_rating', round(t.rating_sum::numeric / nullif(t.rating_count, 0), 2), 'ratings', t.rating_count,
    'downloads', t.downloads,
    'metrics', (
        SELECT coalesce(json_object_agg(s.metric, json_build_object(
            'value', coalesce(round(s.value::numeric, 4), -1), 'status', s.status, 'reason', s.reason,
            'latency', s.latency)), '{}')
        FROM metrics s WHERE s.package_id = p.id),
    'latencies', (
        SELECT coalesce(json_object_agg(s.metric || '_latency', s.latency), '{}')
        FROM metrics s WHERE s.package_id = p.id),
    'flags', (
        SELECT coalesce(json_agg(DISTINCT flag), '[]') FROM (
            SELECT unnest(s.flags) FROM metrics s WHERE s.package_id = p.id
            UNION ALL SELECT 'sensitive' WHERE p.is_sensitive
            UNION ALL SELECT CASE WHEN a.details ? 'lookalike' THEN 'looks_like_another' ELSE 'unusual_downloads' END
                FROM package_confusion_audit a WHERE a.package_id = p.id AND a.state <> 'dismissed'
            UNION ALL SELECT f.verdict FROM package_files f
                WHERE f.package_id = p.id AND f.verdict IN ('suspicious', 'malicious')
        ) AS raised(flag)),
    'origin', (
        SELECT json_build_object('provider', o.provider, 'identity', o.identity, 'revision', o.revision)
        FROM package_origins o WHERE o.package_id = p.id),
    'waivers', (
        SELECT coalesce(json_agg(json_build_object(
            'metric', w.metric, 'reason', w.reason, 'granted_by', g.username) ORDER BY w.id), '[]')
        FROM package_waivers w LEFT JOIN accounts_app_user g ON g.id = w.granted_by_id WHERE w.package_id = p.id),
    'dependencies', (
        SELECT coalesce(json_agg(json_build_object(
            'id', e.parent_id, 'name', e.parent_name, 'version', coalesce(parent.version, e.parent_version),
            'relationship', e.relationship_type, 'resolved', e.parent_id IS NOT NULL) ORDER BY e.id), '[]')
        FROM lineage e LEFT JOIN packages parent ON parent.id = e.parent_id WHERE e.package_id = p.id),
    'files', (
        SELECT coalesce(json_agg(json_build_object(
            'path', f.path, 'size', f.size, 'sha256', f.sha256, 'is_weight', f.is_weight,
            'scan', json_build_object('verdict', f.verdict, 'findings', f.findings)) ORDER BY f.path), '[]')
        FROM package_files f WHERE f.package_id = p.id)
)
FROM packages p
JOIN package_cards c ON c.package_id = p.id
JOIN package_tallies t ON t.package_id = p.id
LEFT JOIN accounts_app_user u ON u.id = p.uploader_id
WHERE p.id = wanted
);
END
$function$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts_app", "0005_audit_trail_stays"),
        ("packages_app", "0006_policies"),
        ("metrics_app", "0001_scores"),
        ("lineage_app", "0001_edges"),
    ]
    operations = [migrations.RunSQL(PACKAGE_METADATA, "DROP FUNCTION package_metadata")]
