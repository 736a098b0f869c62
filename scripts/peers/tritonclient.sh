#!/usr/bin/env bash
# Python with Triton's own client libraries: tritonclient.sh ARGS...
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"
install() { python_environment "$1" tritonclient; }
have tritonclient install
[ "${1:-}" != --install ] || exit 0
exec "$peer/bin/python" "$@"
