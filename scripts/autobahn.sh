#!/bin/sh
# Runs the real Autobahn|Testsuite against a server of yours. Needs Docker.
#
#   scripts/autobahn.sh 'ws://127.0.0.1:8080/ws?token=…' [cases, such as '1.*,7.*']
#
# Start the server with RATE_LIMIT_HANDSHAKE=off and RATE_LIMIT_MESSAGES=off: a run opens hundreds of sockets.
# The report is in ./autobahn-report/index.html.
set -eu

url=${1:?'the address of the server with a token, such as ws://127.0.0.1:8080/ws?token=…'}
cases=$(printf '%s' "${2:-1.*,2.*,3.*,4.*,5.*,6.*,7.*}" | sed 's/,/","/g')
command -v docker >/dev/null || { echo 'Docker is not installed.' >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
report=$PWD/autobahn-report
mkdir -p "$report"
# The token is a secret for as long as it lives: it stands in a file that only you can read.
umask 077
cat >"$folder/fuzzingclient.json" <<JSON
{
  "outdir": "/report",
  "servers": [{ "agent": "hadir", "url": "$url" }],
  "cases": ["$cases"],
  "exclude-cases": []
}
JSON
docker run --rm --network host -v "$folder:/config:ro" -v "$report:/report" crossbario/autobahn-testsuite \
  wstest -m fuzzingclient -s /config/fuzzingclient.json
echo "The report: $report/index.html"
