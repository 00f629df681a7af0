"""A model that is damaged, or made to do harm, says what it likes: its words stay words wherever they are put."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.desktop.virtual import Desktop, Editor, wait_for
from tests.hearing.made import chunks, hearing, nobody, script, voice
from tests.insert.conftest import PATIENCE, becomes, bring_forward
from tests.insert.page import Page
from tests.tray.toasts import Screen
from tray.control.client import state_line
from tray.control.history import Wish, history, last
from tray.control.transcripts import Format, Take, worded
from tray.core.book import Book
from tray.core.face import View, face
from tray.core.prose import Act, Change, Passage, harmless
from tray.core.speech import RATE, Hypothesis, Mark, Segment, Skipped, Span, Word
from tray.hearing.ear import serve
from tray.hearing.messages import Done, Flush, Guessed, Open, Said, Sound, Up, Watch, receive_up, send
from tray.ports import Sink
from tray.sinks.archive import Archive
from tray.sinks.clipboard import ClipboardSink
from tray.sinks.console import ConsoleSink
from tray.sinks.insert import InsertSink
from tray.sinks.insert_x11 import X11Hand
from tray.sinks.toast import ToastSink
from tray.sinks.transcript import TranscriptSink
from tray.system.notifications import Notifications
from tray.system.session_bus import SessionBus

MORNING = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)
TIME = "**09:14** "
HOSTILE = {
    "control characters": "a\x00b\x07c\x08d\x0ce\x1bf\x7fg\x84h\x9bi",
    "commands for terminals": "\x1b[2Jclear \x1b]0;title\x07 \x1b[31mred\x1b[0m \x9b5n \x1bPq\x1b\\",
    "the end of a bracketed paste": "hello\x1b[201~\nrm -rf /\r",
    "keys that send and move": "send\r\nit\tnow\x03\x04\x15\x1a",
    "turned text": "\u202eevil\u202c \u2066x\u2069 \u200eleft\u200f \u061cright \u206fold",
    "ends of lines": "one\u2028two\u2029three\x85four\x0bfive\x1csix\n\nseven",
    "hidden text": "shown\U000e0068\U000e0069 \ufff9text\ufffanote\ufffb",
    "halves of characters": "\ud83d half \udc80 a face",
    "HTML": "<b>bold</b> <script>alert(1)</script> <img src=x> <!-- gone --> &amp; &lt; &#60; R&D",
    "half an entity": "cats &lt",
    "Markdown": "**bold** [link](http://x) `code` ~~gone~~ _it_ ![p](q) \\ back\\*slash [^1] <http://x>",
    "a heading": "# heading",
    "a list": "- item",
    "a fence": "``` fence",
    "code": "    code",
    "a rule": "---",
    "times of captions": "00:00:01,000 --> 00:00:02,000",
    "styles of captions": "{\\an8}up \\Nnext {y:i}i <font size=99>big <c.red>x</c>",
    "a block of captions": "one\n\n2\n00:00:01.000 --> 00:00:02.000\n\nWEBVTT\n\nNOTE it",
}


def seen(text: str) -> str:
    """What can be seen of a text, whatever the capitals."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace()).casefold()


def segment(text: str, held: str = ".") -> Segment:
    words = tuple(Word(one, at / 10, (at + 1) / 10, 0.9, "estimated") for at, one in enumerate(text.split(" ")))
    return Segment(0, words, Span(0, RATE, RATE), held)


def raw(text: str) -> Passage:
    """As a file has it that another program, or an earlier Scribelet, has written."""
    return Passage("s", MORNING).add(segment(text, ";")).settle(0, ";")


def said(text: str) -> Passage:
    """As it leaves the ear."""
    heard = harmless(segment(text, ";"))
    assert isinstance(heard, Segment)
    return Passage("s", MORNING).add(heard).settle(0, ";")


def tell(sink: Sink, passage: Passage) -> None:
    sink.write(Change(Act.BEGAN, Passage(passage.session, passage.begun)))
    sink.write(Change(Act.SEGMENT, passage, passage.entries[0]))
    sink.write(Change(Act.ENDED, passage))
    sink.close()


def printed(act: Callable[[], object]) -> str:
    """What a command prints: one line, without its end."""
    with redirect_stdout(io.StringIO()) as screen:
        act()
    assert screen.getvalue().endswith("\n")
    return screen.getvalue()[:-1]


# the places


def page(passage: Passage, folder: Path) -> str:
    tell(TranscriptSink(folder), passage)
    rows = (folder / "2026-11-23.md").read_text("utf-8").splitlines()
    assert (rows[:2], len(rows)) == (["# Monday, 23 November 2026", ""], 3)
    assert rows[2].startswith(TIME)
    escaped = re.compile(r"\\([\\`*_~<\[&])")
    assert not re.search(r"[`*_~<\[]|&#?\w+;", escaped.sub("", rows[2].removeprefix(TIME)))
    return escaped.sub(r"\1", rows[2].removeprefix(TIME))


def struck_page(passage: Passage, folder: Path) -> str:
    tell(TranscriptSink(folder), passage.strike(0))
    rows = (folder / "2026-11-23.md").read_text("utf-8").splitlines()
    assert re.fullmatch(rf"{re.escape(TIME)}~~\S.*\S~~", rows[2])
    assert len(rows) == 3
    return re.sub(r"\\([\\`*_~<\[&])", r"\1", rows[2].removeprefix(f"{TIME}~~").removesuffix("~~"))


def newest(passage: Passage, folder: Path) -> str:
    tell(TranscriptSink(folder), passage)
    return printed(lambda: last(Archive(folder, folder / "index"), 1))


def newest_lines(passage: Passage, folder: Path) -> str:
    """The lines that stand in a file stay lines: a person may have meant them."""
    return newest(passage, folder).replace("\n", " ")


def whole_day(passage: Passage, folder: Path) -> str:
    tell(TranscriptSink(folder), passage)
    shown = printed(lambda: history(Archive(folder, folder / "index"), Wish(), MORNING.date()))
    assert shown.startswith("09:14  ")
    return shown[7:]


def terminal(passage: Passage, _folder: Path) -> str:
    stream = io.StringIO()
    tell(ConsoleSink(stream), passage)
    return stream.getvalue().removesuffix("\n")


def subrip(passage: Passage, _folder: Path) -> str:
    shown = _captions(_worded(passage, "srt").split("\n\n"), r"\d+\n[\d:,]+ --> [\d:,]+")
    assert not set("<{\\") & set(shown)
    return shown.translate(str.maketrans("＜｛＼", "<{\\")).replace("→", "-->")


def webvtt(passage: Passage, _folder: Path) -> str:
    title, note, *blocks = _worded(passage, "vtt").split("\n\n")
    assert (title, note[:5]) == ("WEBVTT", "NOTE ")
    shown = _captions(blocks, r"[\d:.]+ --> [\d:.]+")
    assert not set("<>") & set(shown)
    return html.unescape(shown)


def _captions(blocks: list[str], head: str) -> str:
    """The text of captions, each of which has one or two lines."""
    found = [re.fullmatch(rf"{head}\n(.+(?:\n.+)?)", block) for block in blocks]
    assert all(found)
    text = " ".join(one[1].replace("\n", " ") for one in found if one)
    assert "-->" not in text
    return text


def _worded(passage: Passage, form: Format) -> str:
    return worded([Take(Path("a.wav"), 1.0, passage)], form, "small")


def text_file(passage: Passage, _folder: Path) -> str:
    return _worded(passage, "text")


def json_file(passage: Passage, _folder: Path) -> str:
    content = _worded(passage, "json")
    assert all(line.isprintable() for line in content.split("\n"))
    return json.loads(content)[0]["text"]


def records(passage: Passage, folder: Path) -> str:
    tell(TranscriptSink(folder), passage)
    rows = (folder / "2026-11-23.jsonl").read_text("utf-8").splitlines()
    assert all(row.isprintable() for row in rows)
    return json.loads(rows[0])["text"] + json.loads(rows[1])["text"]


class Board:
    """A clipboard that keeps what it gets."""

    def __init__(self) -> None:
        self.held = ""

    def copy(self, text: str) -> None:
        self.held = text

    def paste(self) -> str:
        return self.held

    def ours(self) -> bool:
        return True


def clipboard(passage: Passage, _folder: Path) -> str:
    board = Board()
    tell(ClipboardSink(board), passage)
    return board.held


def pasted(passage: Passage, _folder: Path) -> str:
    window = Page()
    tell(InsertSink(window, "paste"), passage)
    return window.text


def typed(passage: Passage, _folder: Path) -> str:
    window = Page()
    tell(InsertSink(window, "type"), passage)
    return window.text


def pasted_into_a_terminal(passage: Passage, _folder: Path) -> str:
    window = Page("xterm")
    tell(InsertSink(window, "paste"), passage)
    return window.text


def typed_into_a_terminal(passage: Passage, _folder: Path) -> str:
    window = Page("xterm")
    tell(InsertSink(window, "type"), passage)
    return window.text


PLACES = (
    *(page, struck_page, records, newest, whole_day, terminal, clipboard),
    *(text_file, json_file, subrip, webvtt),
    *(pasted, typed, pasted_into_a_terminal, typed_into_a_terminal),
)
GUARDED = (page, struck_page, newest_lines, whole_day, terminal, subrip, webvtt)
"""Places for which words come from a file as well, or that have signs of their own."""
each_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


@each_text
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_words_from_the_ear_are_the_same_words_in_every_place_and_nothing_else(
    place: Callable[[Passage, Path], str], text: str, tmp_path: Path
) -> None:
    shown = place(said(text), tmp_path)
    assert shown.isprintable()
    assert seen(shown) == seen(f"{text};")


@each_text
@pytest.mark.parametrize("place", GUARDED, ids=lambda place: place.__name__)
def test_words_from_an_old_file_are_shown_as_harmless(
    place: Callable[[Passage, Path], str], text: str, tmp_path: Path
) -> None:
    shown = place(raw(text), tmp_path)
    assert shown.isprintable()
    assert seen(shown) == seen(f"{text};")


@each_text
def test_what_seems_to_be_said_is_one_line_for_whoever_follows(text: str) -> None:
    guess = harmless(Hypothesis(text))
    assert isinstance(guess, Hypothesis)
    line = state_line({"state": "listening", "hypothesis": guess.text})
    assert line.isprintable()
    assert seen(line) == seen(f"Listening: {text} ….")


@each_text
def test_a_line_of_the_menu_begins_as_the_words_do(text: str) -> None:
    book = Book()
    book.keep(said(text))
    [label] = [item.label for item in face(View(recent=book.recent())).menu if item.action.startswith("copy segment")]
    assert label.isprintable()
    assert seen(f"{text};").startswith(seen(label.removesuffix("…")))


@pytest.mark.parametrize("text", ["\x1b", "\u202e \u2069", "\ud800", "\n\n", "\U000e0041"])
def test_sound_of_which_nothing_can_be_seen_is_skipped(text: str) -> None:
    assert harmless(segment(text)) == Skipped(Span(0, RATE, RATE))


def test_marks_are_on_one_line_too() -> None:
    assert harmless(Mark(3, "\x1b?\n")) == Mark(3, "? ")
    heard = harmless(segment("hello", "!\u202e"))
    assert isinstance(heard, Segment)
    assert heard.held == "!"


def test_ordinary_words_are_left_alone() -> None:
    heard = segment("Zoë’s naïve – “idea” 漢字 👩\u200d👩\u200d👧 می\u200cروم 10\u00a0000 R&D <3 *")
    assert harmless(heard) == heard


# toasts


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """Whoever starts notification daemons, on a session bus with nobody else on it."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
        other_side = Screen()
        yield other_side
        other_side.end()
        daemon.terminate()


@pytest.mark.parametrize("features", [("body",), ("body", "body-markup", "body-hyperlinks", "body-images")])
def test_a_toast_shows_the_words_and_no_markup_acts(features: tuple[str, ...], screen: Screen) -> None:
    daemon = screen.begin(*features)
    with closing(SessionBus()) as bus:
        for text in HOSTILE.values():
            tell(ToastSink(Notifications(bus), "each", lambda _: None), said(text))
            body = daemon.shown[-1]["body"]
            shown = ElementTree.fromstring(f"<p>{body}</p>") if "body-markup" in features else None
            assert shown is None or len(shown) == 0
            text_shown = body if shown is None else shown.text
            assert text_shown.isprintable()
            assert seen(text_shown) == seen(f"{text};")


# the ear, the commands and a window, as they are


def told_by_the_ear(text: str) -> list[Up]:
    """All that the desk hears of an ear whose engine says this."""
    commands, answers = io.BytesIO(), io.BytesIO()
    for message in (Watch(True), Open(1, 0, 0.0), *map(Sound, chunks(voice(2) + nobody(1), 512)), Flush(False)):
        send(commands, message)
    commands.seek(0)
    engine = script(text)
    assert serve(lambda: lambda beginning: hearing(engine, beginning=beginning), commands, answers) == 0
    answers.seek(0)
    return list(iter(lambda: receive_up(answers), None))


@each_text
def test_nothing_harmful_leaves_the_ear(text: str) -> None:
    messages = told_by_the_ear(text)
    segments = [one.segment for one in messages if isinstance(one, Said)]
    guesses = [one.hypothesis.text for one in messages if isinstance(one, Guessed)]
    assert guesses
    assert all(one.isprintable() for one in guesses)
    assert all(word.text.isprintable() for one in segments for word in one.words)
    assert seen("".join(word.text for one in segments for word in one.words)) == seen(text.strip(".,?!:;"))
    assert messages[-1] == Done(1)


def test_an_ear_that_hears_nothing_to_be_seen_goes_on() -> None:
    messages = told_by_the_ear("\x1b")
    assert not [one for one in messages if isinstance(one, Said)]
    assert messages[-1] == Done(1)


TRANSCRIBE = """
import sys
from dataclasses import replace
from pathlib import Path
from tray.app import command_line_parts
from tray.audio.files import open_recording
from tray.control.cli import build_cli
from tray.control.transcribe import Desk, transcribe
from tray.core.segmenter import Policy
from tray.ear import new_hearing
from tray.engines.script import ScriptEngine, spoken

engine = ScriptEngine(spoken(*[ascii_text] * 100))
def write_down(files, name, form, output):
    return transcribe(files, Desk("script", open_recording, lambda: new_hearing(engine, Policy())), form, output)
build_cli(replace(command_line_parts(), transcribe=write_down))(prog_name="scribelet")
"""
SPEECH = Path(__file__).parents[1] / "speech" / "jfk.wav"


@pytest.mark.parametrize("form", ["text", "json", "srt", "vtt"])
def test_a_recording_in_which_a_model_hears_harmful_words_prints_none(form: str) -> None:
    text = " ".join(HOSTILE.values())
    command = [sys.executable, "-c", f"ascii_text = {text!a}{TRANSCRIBE}", "transcribe", "--format", form, str(SPEECH)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("utf-8").split("\n")
    assert any("bold" in line for line in lines)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("mode", ["paste", "type"])
def test_a_shell_in_a_terminal_gets_one_line_and_no_key_is_pressed(mode: str, tmp_path: Path) -> None:
    file, text = tmp_path / "typed.txt", HOSTILE["the end of a bracketed paste"]
    with Desktop(absent=("tray", "toasts", "server")) as desktop:
        program = desktop.launch("xterm", "-title", "shell", "-e", f"stty -echo; cat > {file}")
        wait_for(file.exists, PATIENCE, "the terminal")
        bring_forward(desktop, "shell")
        with closing(X11Hand(desktop.env["DISPLAY"])) as hand:
            tell(InsertSink(hand, mode), said(text))
            desktop.keys("key", "Return")
            becomes(Editor(program, file), "Hello[201~ rm -rf /;\n")
