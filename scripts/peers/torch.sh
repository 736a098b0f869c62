#!/usr/bin/env bash
# Python with TorchServe, PyTorch and ONNX Runtime, for benchmarks only (4.6 GB): torch.sh ARGS...
# `torchserve` and `torch-model-archiver` lie in the folder `bin` of its `sys.prefix`.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"
install() {
  command -v java >/dev/null || system_packages openjdk-17-jre-headless || skip 'TorchServe needs Java 17 or newer (on Debian: apt-get install openjdk-17-jre-headless)'
  python_environment "$1" torch
}
have torch install
[ "${1:-}" != --install ] || exit 0
exec "$peer/bin/python" "$@"
