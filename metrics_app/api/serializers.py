from typing import Any

from rest_framework import serializers

from metrics_app.models import Score


class ScoreSerializer(serializers.ModelSerializer[Score]):
    value = serializers.FloatField(source="wire_value", help_text="0 to 1; -1 when unknown.")

    class Meta:
        model = Score
        fields = (
            "value", "status", "reason", "evidence", "flags", "weight", "latency", "formula_version", "computed_at", "advice",
        )  # fmt: skip


class ScorecardSerializer(serializers.Serializer[Any]):
    package_id = serializers.UUIDField()
    net_score = serializers.FloatField(help_text="0 to 1; -1 when too little is known.")
    metrics = serializers.DictField(child=ScoreSerializer())
