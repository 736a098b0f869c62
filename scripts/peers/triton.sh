#!/usr/bin/env bash
# A Triton server with its Python backend, on loopback and in the foreground: triton.sh REPOSITORY HTTP_PORT [OPTIONS...]
# gRPC is on the next port, metrics are on the one after.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/lib.sh"

install() {
  [ "$(uname -m)" = x86_64 ] || skip 'triton is published for x86-64 only'
  python_environment "$1" triton
  locate "$1"
  cp "$server/python_backend_stubs/$version/triton_python_backend_stub" "$server/backends/python/"
  LD_LIBRARY_PATH="$libraries" ldd "$server/backends/python/triton_python_backend_stub" | grep -q 'not found' || return 0
  system_packages "libpython$version" || { rm -rf "$1"; skip "triton needs libpython$version.so"; }
}

# Sets the paths inside an environment.
locate() {
  version=$("$1/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  site=$1/lib/python$version/site-packages
  server=$site/pytriton/tritonserver
  libraries=$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))'):$site/nvidia_pytriton.libs
}

have triton install
[ "${1:-}" != --install ] || exit 0
locate "$peer"
repository=$1 port=$2
shift 2
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$site" PATH="$peer/bin:$PATH" LD_LIBRARY_PATH="$libraries"
exec "$server/bin/tritonserver" --model-repository="$repository" --backend-directory="$server/backends" \
  --http-address 127.0.0.1 --grpc-address 127.0.0.1 --metrics-address 127.0.0.1 \
  --http-port "$port" --grpc-port $((port + 1)) --metrics-port $((port + 2)) "$@"
