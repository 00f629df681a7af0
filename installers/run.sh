#!/usr/bin/env bash
# Installs Scribelet from this folder for one person, with its default model, and starts it.
#
#   installers/run.sh          asks before it installs system packages
#   installers/run.sh --yes    does not ask
#
# For Debian 12, Ubuntu 24.04 and newer. What it puts where:
#   ~/.local/share/scribelet/venv    the program (SCRIBELET_HOME=FOLDER: FOLDER/venv instead)
#   ~/.local/bin/scribelet           the command
# Run it again to install a changed folder, or to mend what is missing. Without a screen it plays a demonstration.
set -euo pipefail

SELF=$(readlink -f "${BASH_SOURCE[0]}")
ROOT=${SELF%/installers/run.sh}
YES=no

tell() { printf '== %s\n' "$*"; }
fail() { printf 'installers/run.sh: %s\n' "$*" >&2; exit 1; }

read_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --yes) YES=yes ;;
      --help) explain; exit 0 ;;
      *) explain >&2; exit 2 ;;
    esac
  done
}

explain() { sed -n '2,10s/^# \{0,1\}//p' "$SELF"; }

# --- who it is for

person() { # whoever called sudo, else whoever runs this
  if [ "$(id -u)" = 0 ]; then echo "${SUDO_USER:-root}"; else id -un; fi
}

join_session() { # sudo drops what leads to a person's screen and toasts
  local run
  run=/run/user/$(id -u "$(person)")
  [ -d "$run" ] || return 0
  export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$run}
  [ ! -S "$run/bus" ] || export DBUS_SESSION_BUS_ADDRESS=${DBUS_SESSION_BUS_ADDRESS:-unix:path=$run/bus}
  [ ! -S "$run/wayland-0" ] || export WAYLAND_DISPLAY=${WAYLAND_DISPLAY:-wayland-0}
}

become_person() { # nothing but system packages is root's business
  [ "$(id -u)" = 0 ] || return 0
  if [ "$(person)" = root ]; then
    tell "You are root, so Scribelet is installed for root; better run this as the person who will dictate."
    return
  fi
  tell "The rest is done as $(person)."
  local name kept=()
  for name in DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS SCRIBELET_HOME; do
    [ -z "${!name:-}" ] || kept+=("$name=${!name}")
  done
  exec sudo -H -u "$(person)" env "${kept[@]}" bash "$SELF"
}

# --- system packages

clipboard_package() {
  if [ -n "${WAYLAND_DISPLAY:-}" ]; then
    echo wl-clipboard
  elif [ -n "${DISPLAY:-}" ]; then
    echo xclip
  fi
}

absent_packages() {
  local name
  for name in $(cat "$ROOT/installers/run-packages.txt") $(clipboard_package); do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

install_system_packages() {
  local absent root=()
  command -v apt-get >/dev/null || fail "there is no apt here; see installers/run-packages.txt for what is needed"
  mapfile -t absent < <(absent_packages)
  [ ${#absent[@]} -gt 0 ] || { tell "System packages: all there."; return; }
  [ "$(id -u)" = 0 ] || root=(sudo)
  tell "System packages are missing. This will be run:"
  echo "  ${root[*]:+sudo }apt-get update"
  echo "  ${root[*]:+sudo }apt-get install --no-install-recommends ${absent[*]}"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "there is no sudo here; have the lines above run as root"
  [ $YES = yes ] || confirm
  "${root[@]}" apt-get -qq update
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "${absent[@]}"
}

confirm() {
  local answer=
  [ -t 0 ] || fail "nobody is there to be asked; say --yes, or run the lines above yourself"
  read -r -p "Go on? [Y/n] " answer
  case $answer in "" | [Yy]*) ;; *) fail "nothing was installed" ;; esac
}

check_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, but python3 is $(python3 --version 2>&1)"
}

# --- the program

stamp() { # of everything that ends up in the environment
  (cd "$ROOT" && { python3 -c 'import sys; print(sys.version, sys.prefix)'
    find tray icons models pyproject.toml -name __pycache__ -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
  }) | sha256sum
}

install_program() { # VENV
  if [ -f "$1/stamp" ] && [ "$(<"$1/stamp")" = "$(stamp)" ] && "$1/bin/scribelet" --version >/dev/null 2>&1; then
    tell "The program: all there, in $1."
    return
  fi
  tell "Installing the program into $1 (takes a minute) …"
  [ ! -e "$1" ] || [ -f "$1/pyvenv.cfg" ] || fail "$1 is something else; set SCRIBELET_HOME to another folder"
  rm -f "$1/stamp"
  "$1/bin/python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$1"
  # the system's own pip is so old that it warns of what it is about to do
  { pip_install "$1" --upgrade pip && pip_install "$1" "$ROOT"; } ||
    fail "the program could not be installed; pip says above why. Run this again once that is mended"
  stamp >"$1/stamp"
}

pip_install() { # VENV ARGUMENT...
  "$1/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "${@:2}"
}

link_command() { # VENV
  local link=$HOME/.local/bin/scribelet
  if [ -e "$link" ] && [ ! -L "$link" ]; then
    tell "$link is somebody else's and stays as it is; the command is $1/bin/scribelet."
    return
  fi
  mkdir -p "$(dirname "$link")"
  ln -sfn "$1/bin/scribelet" "$link"
  case :$PATH: in
    *":$HOME/.local/bin:"*) tell "The command: scribelet" ;;
    *) tell "The command: $link (after the next login perhaps just: scribelet)" ;;
  esac
}

start() { # VENV
  if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    tell "Starting Scribelet; look for the microphone in the tray. Ctrl+C here ends it."
    exec "$1/bin/scribelet"
  fi
  tell "There is no screen here, so this is the demonstration."
  exec "$1/bin/scribelet" demo
}

read_arguments "$@"
join_session
install_system_packages
check_python
become_person
VENV=${SCRIBELET_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/scribelet}/venv
install_program "$VENV"
link_command "$VENV"
tell "The default model …"
"$VENV/bin/scribelet" models install moonshine-base-en
start "$VENV"
