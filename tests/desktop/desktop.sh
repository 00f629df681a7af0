#!/bin/bash
# A desktop to throw away: its own D-Bus, Xvfb, openbox, xfce4-panel (tray), dunst (toasts) and PulseAudio ("vmic").
#
#   eval "$(desktop.sh start DIR)"; ...; desktop.sh stop DIR
#   desktop.sh run DIR COMMAND...     starts, runs the command inside, stops, passes its exit code on
#   desktop.sh status DIR             which of its programs live
#
# Needs root or a user, no systemd, and the packages in apt-packages.txt. Everything it writes is in DIR, which must be
# absolute and short, because sockets live there; it ends the programs in DIR/pids and no others.
#
# VDESK_TRAY=none            no panel           VDESK_TOASTS=none    no notification daemon
# VDESK_MIC=nosource         nothing to record  VDESK_MIC=noserver   no sound server
# VDESK_MIC_RATE=48000       resampled (16000, the default, arrives bit for bit)
# VDESK_SPEAKERS=none        no loudspeakers, whose monitor stands in for a microphone that is gone
# VDESK_MODELS=FOLDER        speech models that programs inside find in their data folder
#
# Inside, VDESK_DIR is DIR: whoever speaks into the microphone and presses keys can see that nobody sits here.
set -u
act=${1:-}; DIR=${2:-}
TRAY=${VDESK_TRAY:-xfce4-panel}; TOASTS=${VDESK_TOASTS:-dunst}; SPEAKERS=${VDESK_SPEAKERS:-yes}
MIC=${VDESK_MIC:-yes}; MIC_RATE=${VDESK_MIC_RATE:-16000}; MODELS=${VDESK_MODELS:-}
EXPORTED="HOME DISPLAY DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
 XDG_STATE_HOME XDG_SESSION_TYPE XDG_CURRENT_DESKTOP GDK_BACKEND QT_QPA_PLATFORM GTK_USE_PORTAL GIO_USE_VFS
 GSETTINGS_BACKEND NO_AT_BRIDGE PULSE_SERVER ALSA_CONFIG_PATH JACK_NO_START_SERVER LC_ALL VDESK_DIR"

tell() { echo "desktop.sh: $*" >&2; }

alive() { # PID
  local state
  { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null && [ "$state" != Z ]
}

await() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { tell "waited in vain for $what"; return 1; }
    sleep 0.05
  done
}

spawn() { # NAME COMMAND...: a process group of its own, nothing inherited, its output in DIR/log
  local name=$1
  shift
  setsid "$@" </dev/null >"$DIR/log/$name.log" 2>&1 &
  echo "$! $name" >>"$DIR/pids"
}

ask_bus() { dbus-send --session --print-reply --reply-timeout=2000 "$@" 2>/dev/null; }
owned() { ask_bus --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:"$1" | grep -q 'boolean true'; }
tray_hosted() {
  ask_bus --dest=org.kde.StatusNotifierWatcher /StatusNotifierWatcher org.freedesktop.DBus.Properties.Get \
    string:org.kde.StatusNotifierWatcher string:IsStatusNotifierHostRegistered | grep -q 'boolean true'
}
screen_up() { [ -s "$DIR/run/xdisplay" ] && DISPLAY=:$(cat "$DIR/run/xdisplay") xdpyinfo; }
windows_managed() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }
microphone_up() { pactl get-default-source | grep -qx vmic; }
selection_owned() { # the tray of the older kind is a selection, which no tool in the list can ask for
  /usr/bin/python3 - "$1" <<'P'
import ctypes, sys
x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XInternAtom.restype = x.XGetSelectionOwner.restype = ctypes.c_ulong
screen = ctypes.c_void_p(x.XOpenDisplay(None))
sys.exit(not x.XGetSelectionOwner(screen, ctypes.c_ulong(x.XInternAtom(screen, sys.argv[1].encode(), 0))))
P
}

end_group() { # PID NAME
  kill -TERM -- "-$1" 2>/dev/null
  kill -CONT -- "-$1" 2>/dev/null # a stopped one cannot end
  for _ in $(seq 60); do alive "$1" || return 0; sleep 0.05; done
  tell "$2 ($1) had to be killed"
  kill -KILL -- "-$1" 2>/dev/null
}

stop() {
  [ -f "$DIR/pids" ] || return 0
  local pid name
  tac "$DIR/pids" | while read -r pid name; do # newest first: the screen and the bus go last
    alive "$pid" && end_group "$pid" "$name"
  done
  rm -rf "$DIR" # what these started by themselves, xclip for one, goes with the screen and the bus
}

write_bus() { # it can start xfconfd and nothing else: dunst would come back by itself, and could not be absent
  cp /usr/share/dbus-1/services/org.xfce.Xfconf.service "$DIR/services/" 2>/dev/null
  cat >"$DIR/config/bus.conf" <<C
<busconfig><type>session</type><keep_umask/><listen>unix:path=$DIR/run/bus</listen><auth>EXTERNAL</auth>
<servicedir>$DIR/services</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
C
}

write_dunst() {
  cat >"$DIR/config/dunst/dunstrc" <<C
[global]
    follow = none
    origin = top-right
    offset = 20x60
    width = (200, 420)
    font = DejaVu Sans 11
    markup = full
    format = "<b>%s</b>\n%b"
    history_length = 500
    idle_threshold = 0
C
}

write_panel() {
  cat >"$DIR/config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml" <<C
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/><value type="int" value="2"/><value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/><property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/><property name="hide-new-items" type="bool" value="false"/>
    </property>
  </property>
</channel>
C
}

write_sound() { # norewinds: without it a null sink works in blocks of up to 2 s, and recordings have holes
  {
    echo "load-module module-native-protocol-unix"
    [ "$MIC" = yes ] && [ "$SPEAKERS" = yes ] && cat <<C
load-module module-null-sink sink_name=speakers rate=48000 channels=2 norewinds=1
set-default-sink speakers
C
    [ "$MIC" = yes ] && cat <<C
load-module module-null-sink sink_name=mic_feed rate=$MIC_RATE channels=1 norewinds=1
load-module module-remap-source source_name=vmic master=mic_feed.monitor channels=1 remix=no
set-default-source vmic
C
  } >"$DIR/config/pulse/vdesk.pa"
  # it stands alone: the system's own alsa.conf adds phantom devices and 80 lines of errors
  cat >"$DIR/config/asound.conf" <<C
pcm.vmic { type pulse device vmic hint { show on description "vmic" } }
pcm.default { type pulse hint { show on description "Default (PulseAudio)" } }
ctl.default { type pulse }
C
}

configure() {
  mkdir -p "$DIR"/{log,home,run/pulse,cache,data/scribelet,state/pulse,services} \
    "$DIR"/config/{dunst,pulse,xfce4/xfconf/xfce-perchannel-xml}
  chmod 700 "$DIR" "$DIR/run"
  : >"$DIR/pids"
  [ -z "$MODELS" ] || ln -s "$MODELS" "$DIR/data/scribelet/models"
  write_bus
  write_dunst
  write_panel
  write_sound
}

settle_in() {
  unset DISPLAY WAYLAND_DISPLAY XAUTHORITY SESSION_MANAGER PULSE_SINK PULSE_SOURCE
  export HOME=$DIR/home XDG_RUNTIME_DIR=$DIR/run XDG_CONFIG_HOME=$DIR/config XDG_CACHE_HOME=$DIR/cache \
    XDG_DATA_HOME=$DIR/data XDG_STATE_HOME=$DIR/state XDG_SESSION_TYPE=x11 XDG_CURRENT_DESKTOP=XFCE GDK_BACKEND=x11 \
    QT_QPA_PLATFORM=xcb GTK_USE_PORTAL=0 GIO_USE_VFS=local GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 LC_ALL=C.UTF-8 \
    JACK_NO_START_SERVER=1 DBUS_SESSION_BUS_ADDRESS=unix:path=$DIR/run/bus PULSE_SERVER=unix:$DIR/run/pulse/native \
    ALSA_CONFIG_PATH=$DIR/config/asound.conf VDESK_DIR=$DIR
}

start_ground() { # bus, screen and sound need nothing of each other
  spawn dbus dbus-daemon --config-file="$DIR/config/bus.conf" --nofork --nopidfile
  spawn xvfb bash -c "exec Xvfb -displayfd 9 -screen 0 1280x800x24 -nolisten tcp -noreset 9>'$DIR/run/xdisplay'"
  # without a bus: PulseAudio takes a name on it that only one of them can have
  [ "$MIC" = noserver ] || spawn pulseaudio env -u PULSE_SERVER -u DBUS_SESSION_BUS_ADDRESS \
    PULSE_RUNTIME_PATH="$DIR/run/pulse" PULSE_STATE_PATH="$DIR/state/pulse" pulseaudio --daemonize=no \
    --exit-idle-time=-1 --disallow-exit --use-pid-file=no --realtime=no --high-priority=no --log-target=stderr \
    -n -F "$DIR/config/pulse/vdesk.pa"
  await 20 D-Bus owned org.freedesktop.DBus && await 30 "the screen" screen_up || return 1
  DISPLAY=:$(cat "$DIR/run/xdisplay")
  export DISPLAY
}

start_furniture() {
  spawn openbox openbox --sm-disable
  await 30 openbox windows_managed || return 1
  [ "$TOASTS" = none ] || spawn dunst dunst -conf "$DIR/config/dunst/dunstrc"
  [ "$TRAY" = none ] || spawn xfce4-panel xfce4-panel --sm-client-disable
  xsetroot -solid '#334455' 2>/dev/null
}

await_all() { # up means that each one answers
  case $MIC in
    yes) await 30 "the virtual microphone" microphone_up || return 1 ;;
    nosource) await 30 PulseAudio pactl info || return 1 ;;
  esac
  [ "$TOASTS" = none ] || await 30 "the notification daemon" owned org.freedesktop.Notifications || return 1
  [ "$TRAY" = none ] && return 0
  await 60 "the tray" tray_hosted && await 30 "the older tray" selection_owned _NET_SYSTEM_TRAY_S0
}

note_environment() {
  local name
  for name in $EXPORTED; do printf 'export %s=%q\n' "$name" "${!name}"; done
  echo "unset WAYLAND_DISPLAY XAUTHORITY"
}

begin() {
  case $DIR in /*) ;; *) tell "DIR must be absolute"; exit 2 ;; esac
  [ ${#DIR} -le 80 ] || { tell "DIR is too long to hold sockets"; exit 2; }
  [ ! -f "$DIR/pids" ] || { tell "a desktop lives in $DIR already"; exit 1; }
  configure
  settle_in
  start_ground && start_furniture && await_all && note_environment >"$DIR/env" && return 0
  tail -n 5 "$DIR"/log/*.log >&2
  stop
  exit 1
}

status() {
  local pid name
  while read -r pid name; do
    if alive "$pid"; then echo "$name $pid up"; else echo "$name $pid gone"; fi
  done <"$DIR/pids"
}

case $act in
  start) begin; cat "$DIR/env" ;;
  run) shift 2; begin; trap stop EXIT; "$@" ;;
  stop) stop ;;
  status) status ;;
  *) sed -n '2,17s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
