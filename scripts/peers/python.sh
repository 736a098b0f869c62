#!/usr/bin/env bash
# Python with tritonclient and what benchmarks compare with: ONNX Runtime, OpenVINO, MLPerf LoadGen: python.sh ARGS...
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"
install() { python_environment "$1" python; }
have python install
[ "${1:-}" != --install ] || exit 0
exec "$peer/bin/python" "$@"
