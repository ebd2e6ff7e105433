#!/usr/bin/env bash
# Asks a registry, from outside, what must be true of every release: deploy/smoke.sh https://registry.example.org
set -euo pipefail
url=${1%/}
fail() { echo "$url: $1" >&2; exit 1; }
status() { curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "$@"; }

for attempt in $(seq 30); do # workers of the new image take a minute or two
    health=$(curl --silent --max-time 30 "$url/health" || true)
    if [ "$(jq -r .status <<<"$health" 2>/dev/null)" = healthy ]; then break; fi
    [ "$attempt" -lt 30 ] || fail "/health stays at ${health:-no answer}"
    sleep 10
done
[ "$(status "$url/login")" = 200 ] || fail "there is no page"
[ "$(status "$url/static/rest_framework/css/default.css")" = 200 ] || fail "there are no static files"
[ "$(status --request POST --header 'Content-Type: application/json' --data '{}' "$url/packages")" = 401 ] || fail "a search without a token isn't refused"
[ "$(status "$url/metrics")" = 403 ] || fail "/metrics can be read from outside"
[ "$(status "${url/https:/http:}/health/live")" = 301 ] || fail "http isn't sent on to https"
echo "$url: all is well"
