#!/usr/bin/env bash
# Python with MLPerf LoadGen: loadgen.sh ARGS...
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"
install() { python_environment "$1" loadgen; }
have loadgen install
[ "${1:-}" != --install ] || exit 0
exec "$peer/bin/python" "$@"
