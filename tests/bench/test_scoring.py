"""A text is compared with what was said: wrong words, and sentences that end in the wrong place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.bench.scoring import Errors, Scorer, Seams, align, count_seams


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """Loaded once."""
    return Scorer()


@pytest.mark.parametrize(
    ("reference", "text", "errors"),
    [
        ("The child almost hurt the small dog.", "the child, almost hurt the small dog", Errors(7, 0, 0)),
        ("Mister Quilter met twenty men.", "Mr. Quilter met 20 men.", Errors(5, 0, 0)),
        ("At that high level the air is pure.", "At that level the hair is pure.", Errors(8, 2, 0)),
        ("Sunday is the best.", "Sunday is the very best.", Errors(4, 1, 1)),
        ("Drop the two.", "", Errors(3, 3, 0)),
        ("um", "Thank you.", Errors(0, 2, 2)),
    ],
)
def test_words_put_in_left_out_or_changed_are_wrong(reference: str, text: str, errors: Errors, scorer: Scorer) -> None:
    assert scorer.errors(reference, text) == errors


def test_the_rate_is_that_of_all_texts_together() -> None:
    assert (Errors(90, 0, 0) + Errors(10, 5, 2)).percent == 5.0
    assert Errors().percent is None


@pytest.mark.parametrize(
    ("whole", "live", "lost"),
    [
        ("Drop the two when you add.", "drop the two when you add", 0),
        ("Drop the two when you add.", "the two when you add", 1),
        ("Drop the two when you add.", "Drop the two when", 2),
        ("Drop the two when you add.", "Rop the two when you add.", 1),
        ("Drop the two when you add.", "Drop the two when you at", 1),
        ("Drop the two when you add.", "Drop the too when you add.", 0),
        ("Trop the two when you add.", "Drop the two when you add.", 0),
        ("Trop the two when you at.", "Drop the two when you add.", 0),
        ("And drop the two.", "Add drop the two.", 1),
        ("Trop the two when you add.", "the two when you add.", 1),
        ("Drop the two.", "", 3),
        ("", "Thank you.", 0),
    ],
    ids=[
        "nothing",
        "the first word",
        "the last two",
        "half of the first word",
        "half of the last word",
        "a word was only heard differently",
        "the first word is right and was not in the other",
        "the first and the last are right and were not in the other",
        "a word that was said elsewhere",
        "the first word, which the other has wrong",
        "all of it",
        "what was never there",
    ],
)
def test_words_in_whose_place_the_live_text_has_none_are_lost(whole: str, live: str, lost: int, scorer: Scorer) -> None:
    assert scorer.lost(whole, live, "Before it. Drop the two when you add. And so on.") == lost


words = st.lists(st.sampled_from("abc"), max_size=8)


@given(words, words)
def test_every_word_is_paired_once_and_in_order(reference: list[str], text: list[str]) -> None:
    pairs = align(reference, text)
    assert [a for a, _ in pairs if a is not None] == list(range(len(reference)))
    assert [b for _, b in pairs if b is not None] == list(range(len(text)))


@given(words, st.integers(0, 8), st.sampled_from("xyz"))
def test_one_strange_word_costs_one_error(said: list[str], place: int, strange: str) -> None:
    text = [*said[:place], strange, *said[place:]]
    assert [b for a, b in align(said, text) if a is None] == [min(place, len(said))]


SAID = "If the reader will excuse me, I will say nothing of Anna. The narrative would be tedious."


@pytest.mark.parametrize(
    ("parts", "seams"),
    [
        (["If the reader will excuse me,", "I will say nothing of Anna. The narrative would be tedious."], Seams(1, 0)),
        (["If the reader will excuse me.", "I will say nothing of Anna. The narrative would be tedious."], Seams(1, 1)),
        (["If the reader", "Will excuse me, I will say nothing of Anna. The narrative would be tedious."], Seams(1, 1)),
        (["If the reader.", "Will excuse me?", "I will say nothing of", "Anna. The narrative would"], Seams(3, 2)),
        (["If the reader will excuse me, I will say nothing of Anna.", "The narrative would be tedious."], Seams(0, 0)),
        (["If the reader will excuse me, I will say nothing of Anna", "the narrative would be tedious."], Seams(0, 0)),
        (["If the reader will excuse,", "I will say nothing of Anna. The narrative would be tedious."], Seams(1, 0)),
        (["If the weeder will!", "Excused me, I will say nothing of Anna."], Seams(1, 1)),
        (["If the reader", "Uh will excuse me, I will say nothing of Anna."], Seams(1, 1)),
        (["Hm.", "If the reader will excuse me."], Seams(0, 0)),
        ([SAID], Seams(0, 0)),
        ([], Seams(0, 0)),
    ],
    ids=[
        "a comma is right, and I is always a capital",
        "a full stop in mid-sentence",
        "a capital in mid-sentence",
        "each border once, and a name is a capital",
        "the sentence ends there",
        "a mark that is missing is no false one",
        "the word at the border was not heard",
        "words at the border were misheard",
        "a capital on a word that nobody said",
        "nothing of the sentence stands before it",
        "one segment has no border",
        "no text",
    ],
)
def test_a_border_inside_a_sentence_is_false_if_a_sentence_ends_there(parts: list[str], seams: Seams) -> None:
    assert count_seams(SAID, parts) == seams


def test_compounds_are_the_same_words_with_and_without_their_hyphen() -> None:
    reference = "rather cold hearted and rather selfish"
    assert count_seams(reference, ["rather cold-hearted", "and rather selfish"]) == Seams(1, 0)
    assert count_seams(reference, ["rather cold-hearted.", "And rather selfish"]) == Seams(1, 1)


def test_without_borders_there_is_no_share_of_false_ones() -> None:
    assert Seams().percent is None
    assert (Seams(3, 0) + Seams(1, 1)).percent == 25.0
