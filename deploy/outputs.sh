#!/usr/bin/env bash
# Prints what the stage's stacks put out, as one JSON object: what zappa_settings.json is filled with.
set -euo pipefail
{
    # shellcheck disable=SC2016 # JMESPath's backquotes, not the shell's
    for name in network storage queue secrets database pooler sandbox api; do
        aws cloudformation describe-stacks --stack-name "registry-${STAGE:?set STAGE}-$name" \
            --query 'Stacks[0].Outputs || `[]`' --output json 2>/dev/null || true
    done
} | jq -s --arg region "${AWS_REGION:?set AWS_REGION}" 'add | map({key: .OutputKey, value: .OutputValue}) | from_entries + {Region: $region}'
