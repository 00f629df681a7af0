"""A folder with recordings and their texts is read, or refused in a sentence that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tray.bench.speech_set import read_speech
from tray.core.failures import UsageError

SPEECH = Path(__file__).parents[1] / "speech"


def test_the_speech_of_this_repository_is_read_whole() -> None:
    clips = read_speech(SPEECH)
    assert len(clips) == 22
    assert sum(clip.samples for clip in clips) / 16000 == pytest.approx(229, abs=1)


def test_only_the_three_clips_of_free_speech_have_no_marks() -> None:
    assert [clip.name for clip in read_speech(SPEECH) if not clip.marked] == [
        "mfa_ac.wav",
        "mfa_cold.wav",
        "mfa_cold3.wav",
    ]


def test_a_reference_with_marks_takes_the_place_of_one_without() -> None:
    clip = next(clip for clip in read_speech(SPEECH) if clip.name == "quilter.wav")
    assert "middle classes, and we" in clip.reference


def folder_of(folder: Path, manifest: str) -> Path:
    """A folder with a second of stereo at 44.1 kHz, 0.1 s of sound, and this manifest."""
    soundfile.write(folder / "long.wav", np.zeros((44100, 2)), 44100)
    soundfile.write(folder / "short.wav", np.zeros(1600), 16000)
    (folder / "manifest.tsv").write_text(manifest, "utf-8")
    return folder


def test_any_rate_and_number_of_channels_becomes_mono_at_16_kilohertz(tmp_path: Path) -> None:
    (clip,) = read_speech(folder_of(tmp_path, "file\tspeaker\treference\nlong.wav\tanna\tHello.\n"))
    assert clip.samples == 16000


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        ("file\tspeaker\treference\n", "lists no recordings"),
        ("file\treference\nlong.wav\tHello.\n", "line 2: one of file, speaker, reference is missing"),
        ("file\tspeaker\treference\nlong.wav\tanna\n", "line 2: one of file, speaker, reference is missing"),
        ("file\tspeaker\treference\nnone.wav\tanna\tHello.\n", "none.wav does not exist"),
        ("file\tspeaker\treference\nshort.wav\tanna\tHello.\n", "short.wav is shorter than 0.3 s"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(tmp_path: Path, manifest: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        read_speech(folder_of(tmp_path, manifest))


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"manifest\.tsv cannot be read"):
        read_speech(tmp_path)
