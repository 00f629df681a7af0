"""The keyboard of an X server: where each key is in the layout in force, and what the modifiers are."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from Xlib import XK, X
from Xlib.display import Display
from Xlib.keysymdef import xf86
from Xlib.protocol import rq

from tray.core.failures import HotkeyError

_CORE_KEYBOARD = 0x100
_DETECTABLE_AUTO_REPEAT = 1
_NEW_KEYBOARD, _MAP, _STATE = 1, 2, 4
_ANY_PART = 0xFF
_GROUP = 0x10
_KEY_SYMBOLS = 2
_LEVELS = (0, 1)
"""Plain and with Shift: what is printed on a key."""
_US_ROWS = ((10, "1234567890-="), (24, "qwertyuiop[]"), (38, "asdfghjkl;'`"), (51, "\\zxcvbnm,./"))
"""Key codes of a US keyboard, row by row: those of linux/input-event-codes.h plus 8."""
_SYMBOLS: Mapping[str, int] = {
    "enter": XK.XK_Return,
    "backspace": XK.XK_BackSpace,
    "page_up": XK.XK_Prior,
    "page_down": XK.XK_Next,
    "left_bracket": XK.XK_bracketleft,
    "right_bracket": XK.XK_bracketright,
    "scroll_lock": XK.XK_Scroll_Lock,
    "print_screen": XK.XK_Print,
    "media_play": xf86.XK_XF86_AudioPlay,
    "media_stop": xf86.XK_XF86_AudioStop,
    "media_next": xf86.XK_XF86_AudioNext,
    "media_previous": xf86.XK_XF86_AudioPrev,
    "volume_up": xf86.XK_XF86_AudioRaiseVolume,
    "volume_down": xf86.XK_XF86_AudioLowerVolume,
    "volume_mute": xf86.XK_XF86_AudioMute,
    "microphone_mute": xf86.XK_XF86_AudioMicMute,
}
"""The keys that X knows by another name than we do."""


def symbol(key: str) -> int:
    """The X keysym of a key of `tray.core.combination.KEYS`; 0 for any other name."""
    return _SYMBOLS.get(key) or XK.string_to_keysym(key) or XK.string_to_keysym(key.capitalize())


@dataclass(frozen=True, slots=True)
class Keyboard:
    """What is on the keys at one moment."""

    keys: Mapping[int, tuple[tuple[int, ...], ...]]
    """Key code to its groups (installed layouts), each its keysyms by level."""
    group: int
    """The layout in force."""
    rows: tuple[frozenset[int], ...]
    """Key codes of the eight modifiers of X: shift, lock, control, mod1 to mod5."""

    def codes(self, key: str) -> tuple[int, ...]:
        """Key codes of a key: in the layout in force, else in any installed one, else where a US keyboard has it."""
        wanted = symbol(key)
        for group in (self.group, *range(4)):
            for level in _LEVELS:
                found = tuple(code for code in self.keys if self._symbol(code, group, level) == wanted)
                if found:
                    return found
        return tuple(start + row.index(chr(wanted)) for start, row in _US_ROWS if wanted < 128 and chr(wanted) in row)

    def mask(self, names: Iterable[str]) -> int | None:
        """The X state in which exactly these modifiers are held; None if one is on no key."""
        masks = [self._masks().get(name, 0) for name in names]
        return sum(set(masks)) if all(masks) else None

    def modifiers_in(self, state: int) -> frozenset[str]:
        """Names of the modifiers held in an X state; locks and mouse buttons do not count."""
        held = {1 << row for row in range(8) if state >> row & 1} - set(self.lock_masks)
        names = self._masks()
        unnamed = held - set(names.values())
        return frozenset((*(name for name, mask in names.items() if mask in held), *map(str, unnamed)))

    @property
    def modifier_codes(self) -> Mapping[str, frozenset[int]]:
        """Key codes of each modifier."""
        return {name: self.rows[mask.bit_length() - 1] for name, mask in self._masks().items()}

    @property
    def lock_masks(self) -> tuple[int, ...]:
        """Masks of Caps Lock, Num Lock and Scroll Lock, as far as they are modifiers here."""
        return tuple(dict.fromkeys((X.LockMask, *self._row_masks(XK.XK_Num_Lock, XK.XK_Scroll_Lock))))

    def _masks(self) -> Mapping[str, int]:
        found = {
            "alt": self._row_masks(XK.XK_Alt_L, XK.XK_Alt_R),
            "super": self._row_masks(XK.XK_Super_L, XK.XK_Super_R),
        }
        named = {name: masks[0] for name, masks in found.items() if masks}
        return {"shift": X.ShiftMask, "ctrl": X.ControlMask, **named}

    def _row_masks(self, *symbols: int) -> list[int]:
        """Masks among mod1 to mod5 that have a key with one of these symbols."""
        return [
            1 << row
            for row in range(X.Mod1MapIndex, X.Mod5MapIndex + 1)
            if any(found in symbols for code in self.rows[row] for group in self.keys.get(code, ()) for found in group)
        ]

    def _symbol(self, code: int, group: int, level: int) -> int:
        groups = self.keys[code]
        # keys with fewer groups than the layout wrap around, which is what servers do unless told otherwise
        here = groups[group % len(groups)] if groups else ()
        return here[level] if level < len(here) else 0


class KeyboardWatch:
    """Reads the keyboard of one connection, and is told when it changes.

    Requests and replies are those of "The X Keyboard Extension: Protocol Specification", version 1.0.
    """

    def __init__(self, display: Display) -> None:
        """Raises HotkeyError if the server lacks the extension."""
        extension = display.query_extension("XKEYBOARD")
        if extension is None:
            raise HotkeyError("The X server lacks the XKEYBOARD extension.", "Use the menu or `scribelet toggle`.")
        self._display = display
        self._opcode: int = extension.major_opcode
        self._event: int = extension.first_event
        self._set_up()

    def read(self) -> Keyboard:
        """The keyboard as it is now."""
        rows: Sequence[Sequence[int]] = self._display.get_modifier_mapping()
        reply = _GetMap(display=self._display.display, opcode=self._opcode, device=_CORE_KEYBOARD, full=_KEY_SYMBOLS)
        state = _GetState(display=self._display.display, opcode=self._opcode, device=_CORE_KEYBOARD)
        keys = _keys(reply.first, reply.count, bytes(reply.payload))
        return Keyboard(keys, state.group, tuple(frozenset(row) - {0} for row in rows))

    def is_change(self, event: rq.Event) -> bool:
        """After this event the keyboard has to be read again."""
        return event.type in (self._event, X.MappingNotify)

    def _set_up(self) -> None:
        inner = self._display.display
        _UseExtension(display=inner, opcode=self._opcode, major=1, minor=0)
        # without it every auto-repeat comes as a release and a press
        flag = _DETECTABLE_AUTO_REPEAT
        _SetFlags(display=inner, opcode=self._opcode, device=_CORE_KEYBOARD, change=flag, value=flag)
        _SelectEvents(
            display=inner,
            opcode=self._opcode,
            device=_CORE_KEYBOARD,
            which=_NEW_KEYBOARD | _MAP | _STATE,
            entirely=_NEW_KEYBOARD,
            map_parts=_ANY_PART,
            map_details=_ANY_PART,
            state_parts=_GROUP,
            state_details=_GROUP,
        )


def _keys(first: int, count: int, payload: bytes) -> dict[int, tuple[tuple[int, ...], ...]]:
    """Read the KEYSYMMAP list of a GetMap reply: per key 8 bytes of head, then 4 bytes for each keysym."""
    keys: dict[int, tuple[tuple[int, ...], ...]] = {}
    offset = 0
    for code in range(first, first + count):
        group_info, width, length = struct.unpack_from("=4xBBH", payload, offset)
        symbols: tuple[int, ...] = struct.unpack_from(f"={length}I", payload, offset + 8)
        keys[code] = tuple(symbols[group * width : (group + 1) * width] for group in range(group_info & 0xF))
        offset += 8 + 4 * length
    return keys


class _UseExtension(rq.ReplyRequest):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("supported"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(24)
    )


class _SelectEvents(rq.Request):
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength()),
        *(rq.Card16("device"), rq.Card16("which"), rq.Card16("clear", 0), rq.Card16("entirely")),
        *(rq.Card16("map_parts"), rq.Card16("map_details")),
        *(rq.Card16("state_parts"), rq.Card16("state_details")),
    )


class _GetState(rq.ReplyRequest):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        *(rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength()),
        *(rq.Pad(4), rq.Card8("group"), rq.Pad(19)),
    )


class _GetMap(rq.ReplyRequest):
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(8), rq.RequestLength()),
        *(rq.Card16("device"), rq.Card16("full"), rq.Pad(20)),
    )
    _reply = rq.Struct(
        *(rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength()),
        *(rq.Pad(9), rq.Card8("first"), rq.Card16("total"), rq.Card8("count"), rq.Pad(19)),
        rq.Binary("payload"),
    )


class _SetFlags(rq.ReplyRequest):
    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(21), rq.RequestLength(), rq.Card16("device"), rq.Pad(2)),
        *(rq.Card32("change"), rq.Card32("value"), rq.Pad(12)),
    )
    _reply = rq.Struct(rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(24))
