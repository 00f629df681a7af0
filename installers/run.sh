#!/usr/bin/env bash
# Installs Scribelet from this folder for one person, with its default model, and starts it.
#
#   installers/run.sh                asks before it installs system packages
#   installers/run.sh --yes          does not ask
#   installers/run.sh --uninstall    takes it all away again; asks whether the settings go, too (--yes: they stay)
#
# For Debian 12, Ubuntu 24.04 and newer. What it puts where:
#   ~/.local/share/scribelet/venv    the program (SCRIBELET_HOME=FOLDER: FOLDER/venv instead)
#   ~/.local/bin/scribelet           the command
#   ~/.local/share/applications/scribelet.desktop    its line in the menu of programs
# Run it again to install a changed folder, or to mend what is missing: a Scribelet that runs meanwhile ends when
# nobody dictates, with every word written. Without a screen it plays a demonstration. Transcripts are never removed.
set -euo pipefail

SELF=$(readlink -f "${BASH_SOURCE[0]}")
ROOT=${SELF%/installers/run.sh}
YES=no
ACT=install

tell() { printf '== %s\n' "$*"; }
fail() { printf 'installers/run.sh: %s\n' "$*" >&2; exit 1; }

read_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --yes) YES=yes ;;
      --uninstall) ACT=uninstall ;;
      --help) explain; exit 0 ;;
      *) explain >&2; exit 2 ;;
    esac
  done
}

explain() { sed -n '2,14s/^# \{0,1\}//p' "$SELF"; }

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

become_person() { # ARGUMENT... as this was called with; nothing but system packages is root's business
  [ "$(id -u)" = 0 ] || return 0
  if [ "$(person)" = root ]; then
    tell "You are root, so this is about root's Scribelet; better run it as the person who dictates."
    return
  fi
  tell "The rest is done as $(person)."
  local name kept=()
  for name in DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS SCRIBELET_HOME; do
    [ -z "${!name:-}" ] || kept+=("$name=${!name}")
  done
  exec sudo -H -u "$(person)" env "${kept[@]}" bash "$SELF" "$@"
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
  [ $YES = yes ] || confirm "nothing was installed"
  "${root[@]}" apt-get -qq update
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "${absent[@]}"
}

confirm() { # WHAT IS SAID IF NOT
  local answer=
  [ -t 0 ] || fail "nobody is there to be asked; say --yes, or do by hand what is listed above"
  read -r -p "Go on? [Y/n] " answer
  case $answer in "" | [Yy]*) ;; *) fail "$1" ;; esac
}

check_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, but python3 is $(python3 --version 2>&1)"
}

# --- a Scribelet that runs

runs() { # whoever holds the lock is it, whatever its name or version
  [ -f "$STATE/scribelet.lock" ] && ! flock --nonblock "$STATE/scribelet.lock" true
}

ends_within() { # SECONDS
  local limit=$((SECONDS + $1))
  while runs; do
    [ $SECONDS -lt $limit ] || return 1
    sleep 0.2
  done
}

dictates() { # VENV
  case $("$1/bin/scribelet" status --json 2>/dev/null || true) in
    *'"state": "opening"'* | *'"state": "listening"'* | *'"state": "draining"'*) ;;
    *) return 1 ;;
  esac
}

await_silence() { # VENV
  local limit=$((SECONDS + 1200))
  dictates "$1" || return 0
  tell "It is dictating; this goes on when that is over …"
  while dictates "$1"; do
    [ $SECONDS -lt $limit ] || fail "it still dictates; end that, then run this again"
    sleep 0.5
  done
}

# it writes all that was said before it ends, for which it allows itself 75 seconds
end_running() { # VENV
  local pid
  runs || return 0
  tell "Ending the Scribelet that runs …"
  if "$1/bin/scribelet" quit 2>/dev/null && ends_within 90; then return; fi
  pid=$(cat "$STATE/scribelet.pid" 2>/dev/null || true)
  if [[ $pid =~ ^[1-9][0-9]*$ ]] && runs; then
    kill -TERM "$pid" 2>/dev/null || true
    ends_within 90 || kill -KILL "$pid" 2>/dev/null || true
  fi
  ends_within 5 || fail "it cannot be ended; log out and in again, then run this once more"
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
  # a program whose files change while it runs may load parts that do not fit together
  await_silence "$1"
  end_running "$1"
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

add_to_menu() { # VENV
  mkdir -p "$APPLICATIONS"
  # what quotes a path for a desktop is the program's own business
  "$1/bin/python" -P - "$APPLICATIONS" "$1/bin/scribelet" <<'P' || tell "It could not be added to the menu of programs."
import pathlib, sys
from tray.desktop.autostart import DesktopEntry
entry = DesktopEntry(pathlib.Path(sys.argv[1]), [sys.argv[2]])
entry.switch(on=True)
lines = [line for line in entry.path.read_text(encoding="utf-8").splitlines() if "Autostart" not in line]
entry.path.write_text("\n".join([*lines, "Categories=Utility;Accessibility;", ""]), encoding="utf-8")
P
}

start() { # VENV
  if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    tell "Starting Scribelet; look for the microphone in the tray. Ctrl+C here ends it."
    exec "$1/bin/scribelet"
  fi
  tell "There is no screen here, so this is the demonstration."
  exec "$1/bin/scribelet" demo
}

install() {
  install_program "$VENV"
  link_command "$VENV"
  add_to_menu "$VENV"
  tell "The default model …"
  "$VENV/bin/scribelet" models install moonshine-base-en
  start "$VENV"
}

# --- and away again

transcripts() { # where they are
  "$VENV/bin/python" -P - 2>/dev/null <<'P' || echo "${XDG_DOCUMENTS_DIR:-$HOME/Documents}/Scribelet"
from tray.control.settings_file import SettingsFile
from tray.system.folders import settings_path, transcript_folder
path = settings_path()
print(transcript_folder(SettingsFile(path).read().settings.transcript.folder if path.exists() else ""))
P
}

belongings() { # what is removed, one a line
  local entry link=$HOME/.local/bin/scribelet
  # one that somebody else has made stays
  [ "$(readlink "$link" || true)" != "$VENV/bin/scribelet" ] || echo "$link"
  for entry in "$CONFIG/autostart/scribelet.desktop" "$APPLICATIONS/scribelet.desktop"; do
    if grep -qs '^X-Scribelet-Version=' "$entry"; then echo "$entry"; fi
  done
  [ ! -f "$VENV/pyvenv.cfg" ] || echo "$VENV"
  for entry in "$DATA/models" "$CACHE" "$STATE" "${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/scribelet"; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then echo "$entry"; fi
  done
}

remove() { # PATH
  # a person may keep them anywhere
  if [ -d "$1" ] && [ ! -L "$1" ] && [ -n "$(find "$1" -name '????-??-??.jsonl' -print -quit)" ]; then
    tell "$1 stays: transcripts are in it."
    return
  fi
  rm -rf "$1" || tell "$1 could not be removed."
}

uninstall() {
  local entry found texts answer=n
  texts=$(transcripts)
  mapfile -t found < <(belongings)
  if [ ${#found[@]} -gt 0 ]; then
    tell "This will be removed:"
    printf '  %s\n' "${found[@]}"
    [ $YES = yes ] || confirm "nothing was removed"
  else
    tell "There is no Scribelet to remove."
  fi
  end_running "$VENV"
  for entry in "${found[@]}"; do remove "$entry"; done
  if [ -f "$CONFIG/scribelet/config.toml" ] && [ $YES = no ] && [ -t 0 ]; then
    read -r -p "Remove the settings in $CONFIG/scribelet, too? [y/N] " answer
  fi
  case $answer in [Yy]*) rm -f "$CONFIG/scribelet/config.toml" ;; esac
  rmdir "$DATA" "$(dirname "$VENV")" "$CONFIG/scribelet" 2>/dev/null || true # what is not empty stays
  [ ! -f "$CONFIG/scribelet/config.toml" ] || tell "Your settings stay: $CONFIG/scribelet/config.toml"
  tell "Your transcripts stay: $texts"
  tell "System packages stay, too: other programs may need them."
}

read_arguments "$@"
join_session
if [ $ACT = install ]; then
  install_system_packages
  check_python
fi
become_person "$@"
DATA=${XDG_DATA_HOME:-$HOME/.local/share}/scribelet
STATE=${XDG_STATE_HOME:-$HOME/.local/state}/scribelet
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/scribelet
CONFIG=${XDG_CONFIG_HOME:-$HOME/.config}
APPLICATIONS=${XDG_DATA_HOME:-$HOME/.local/share}/applications
VENV=${SCRIBELET_HOME:-$DATA}/venv
$ACT
