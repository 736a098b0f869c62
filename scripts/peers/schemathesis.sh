#!/usr/bin/env bash
# Schemathesis, which makes requests from an OpenAPI document: schemathesis.sh ARGS...
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"
install() { python_environment "$1" schemathesis; }
have schemathesis install
[ "${1:-}" != --install ] || exit 0
exec "$peer/bin/schemathesis" "$@"
