#!/bin/sh
# Installs the allocators and numactl that tests of a sweep's settings use, where they are missing and apt-get can:
# quietly, in bounded time, never failing.
packages=''
for one in libjemalloc2 libtcmalloc-minimal4 numactl; do
  dpkg-query -W -f='${Status}' "$one" 2>/dev/null | grep -q 'install ok installed' || packages="$packages $one"
done
[ -z "$packages" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing, and can not be installed here (that takes root and apt-get):$packages; tests that need them are skipped."
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
timeout 60 apt-get update -qq >/dev/null 2>&1
# shellcheck disable=SC2086
timeout 100 apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1 ||
  echo "Could not be installed:$packages; tests that need them are skipped."
exit 0
