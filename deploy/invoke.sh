#!/usr/bin/env bash
# Calls a version of the function with an event, and fails where it fails: deploy/invoke.sh VERSION EVENT
set -euo pipefail
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
failed=$(aws lambda invoke --function-name "registry-${STAGE:?set STAGE}" --qualifier "$1" --payload "$2" \
    --cli-binary-format raw-in-base64-out --cli-read-timeout 60 --query FunctionError --output text "$answer")
cat "$answer" && echo
[ "$failed" = None ]
