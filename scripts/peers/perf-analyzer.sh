#!/usr/bin/env bash
# Triton's load generator: perf-analyzer.sh ARGS...
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"

install() {
  [ "$(uname -m)" = x86_64 ] || skip 'perf-analyzer is published for x86-64 only'
  local environment # For its pip.
  environment=$(THINFER_PEERS_LIMIT_S=$(left) "$here/tritonclient.sh" -c 'import sys; print(sys.prefix)') || skip "$environment"
  mkdir "$1/wheels" "$1/lib"
  pip_of "$environment" 'pip download of perf-analyzer' download --no-deps --require-hashes \
    -r "$here/pins/perf-analyzer.txt" -d "$1/wheels"
  local wheel
  for wheel in "$1"/wheels/*.whl; do "$environment/bin/python" -m zipfile -e "$wheel" "$1"; done
  mv "$1"/tritonclient-*.data/data/bin/perf_analyzer "$1"/nvidia/cuda_runtime/lib/libcudart.so.12 "$1/lib"
  chmod +x "$1/lib/perf_analyzer"
  rm -r "$1/wheels" "$1"/tritonclient-* "$1"/nvidia*
  ldconfig -p 2>/dev/null | grep -q libb64.so.0d || unpack_libb64 "$1"
  local missing
  missing=$(LD_LIBRARY_PATH="$1/lib" ldd "$1/lib/perf_analyzer" | sed -n 's/^\s*\(\S*\) => not found/\1/p' | tr '\n' ' ')
  [ -z "$missing" ] || { rm -rf "$1"; skip "perf-analyzer lacks libraries of the system: $missing"; }
}

# Puts the library beside the binary, so that the system stays as it is.
unpack_libb64() {
  command -v dpkg >/dev/null || return 0
  mkdir "$1/deb"
  chmod 777 "$1/deb" # apt-get gives up root for downloads.
  [ "$(id -u)" != 0 ] || bounded 'apt-get update' apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=15 update -qq
  bounded 'apt-get download libb64-0d' env -C "$1/deb" apt-get download -qq libb64-0d
  dpkg -x "$1"/deb/libb64-0d_*.deb "$1/deb"
  cp "$(find "$1/deb" -name libb64.so.0d)" "$1/lib"
  rm -r "$1/deb"
}

have perf-analyzer install
[ "${1:-}" != --install ] || exit 0
export LD_LIBRARY_PATH="$peer/lib"
exec "$peer/lib/perf_analyzer" "$@"
