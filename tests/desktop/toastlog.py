"""Writes every toast that any program asks for to a file, one JSON object a line: toastlog.py FILE.

It listens to the bus itself, so it sees toasts that are replaced at once, and those that no daemon would show.
"""

import json
import sys
import time
from pathlib import Path
from typing import TextIO

from jeepney import DBusAddress, HeaderFields, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

MONITORING = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring")
RULE = "type='method_call',interface='org.freedesktop.Notifications',member='Notify'"
FIELDS = ("app", "replaces", "icon", "title", "body", "actions", "hints", "timeout")


def become_monitor() -> DBusConnection:
    """A connection that gets a copy of each toast and nothing else."""
    connection = open_dbus_connection(bus="SESSION")
    connection.send_and_get_reply(new_method_call(MONITORING, "BecomeMonitor", "asu", ([RULE], 0)))
    return connection


def follow(connection: DBusConnection, log: TextIO) -> None:
    """Write toasts until the bus goes away."""
    while True:
        message = connection.receive()
        if message.header.fields.get(HeaderFields.member) != "Notify":
            continue
        toast = dict(zip(FIELDS, message.body, strict=True))
        toast["hints"] = {name: value for name, (_, value) in toast["hints"].items() if name != "image-data"}
        log.write(json.dumps({"at": time.time(), **toast}, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    monitor = become_monitor()
    with Path(sys.argv[1]).open("a", buffering=1, encoding="utf-8") as file:
        file.write("\n")  # the sign that it listens
        follow(monitor, file)
