# Sourced by the scripts beside it: where peers lie, and how one is installed once, whole or not at all.

peers=${THINFER_PEERS:-$HOME/.cache/thinfer-peers}
# Seconds that a script may spend on installing, waiting for another that installs the same included.
limit=${THINFER_PEERS_LIMIT_S:-600}
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# skip REASON: there is no such peer here. One line for whoever reads it, and a status of its own (EX_TEMPFAIL).
skip() {
  echo "$1"
  exit 75
}

# left: seconds of it that remain.
left() { echo $((limit > SECONDS + 1 ? limit - SECONDS : 1)); }

# have NAME INSTALL: sets `peer` to the folder of a peer whose pins are those of pins/NAME.txt; calls INSTALL, with the empty
# folder as its argument, where there is none. Other pins are another folder, so that two checkouts don't undo each other.
have() {
  [ "$peers" = off ] && skip "$1 is not installed, because THINFER_PEERS is off"
  local pins; pins=$(sha256sum "$here/pins/$1.txt" | cut -c 1-8)
  peer=$peers/$1-$pins
  [ -e "$peer/complete" ] && return 0
  mkdir -p "$peers" 2>/dev/null || skip "$1 can not be installed: $peers can't be written"
  local lock; exec {lock}>"$peer.lock"
  flock -w "$(left)" "$lock" || skip "$1 is still being installed by another process after $limit s"
  if [ ! -e "$peer/complete" ]; then
    rm -rf "$peer" # Half of one, from an installation that was killed.
    mkdir -p "$peer"
    "$2" "$peer"
    touch "$peer/complete"
  fi
  exec {lock}>&-
}

# bounded WHAT COMMAND...: runs a step of an installation. Its output is shown only where it failed, on stderr.
bounded() {
  local what=$1 log=$peer.log; shift
  if timeout --kill-after=5 "$(left)" "$@" >"$log" 2>&1 </dev/null; then rm -f "$log"; return 0; fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  rm -rf "$peer"
  skip "$what failed (no package registry, no network, or more than $limit s; see stderr)"
}

# system_packages NAME...: Debian packages for the whole system, where that is allowed.
system_packages() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  bounded 'apt-get update' apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=15 update -qq
  bounded "apt-get install $*" apt-get install -y -qq --no-install-recommends "$@"
}

# python_environment FOLDER NAME: a Python environment of exactly the packages of pins/NAME.txt.
python_environment() {
  local python; python=$(usable_python) || { system_packages python3 python3-venv && python=$(usable_python); } ||
    skip "$2 needs Python 3.11 or newer with its venv module (on Debian: apt-get install python3-venv)"
  bounded 'python -m venv' "$python" -m venv "$1"
  pip_of "$1" "pip install of $2" install --no-deps -r "$here/pins/$2.txt"
}

# The first Python that can make an environment; `python3` may be another than the system's.
usable_python() {
  local python
  for python in python3 /usr/bin/python3; do
    "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$python" && return 0
  done
  return 1
}

# pip_of ENVIRONMENT WHAT ARGS...: its pip, without what builds from source, waits long or asks.
pip_of() {
  local environment=$1 what=$2 verb=$3; shift 3
  bounded "$what" "$environment/bin/python" -m pip "$verb" --quiet --no-input --disable-pip-version-check \
    --only-binary :all: --timeout 15 --retries 1 "$@"
}
