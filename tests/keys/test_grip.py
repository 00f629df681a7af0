"""From single keys to combinations."""

from hypothesis import given, settings
from hypothesis import strategies as some

from tray.core.keys import Grip, Key

CTRL, RIGHT_CTRL, ALT, SPACE, F9, OTHER = 1, 2, 3, 10, 11, 12
BOTH = frozenset({"ctrl", "alt"})
NONE = frozenset()


def grip() -> Grip:
    grip = Grip()
    modifiers = {"ctrl": frozenset({CTRL, RIGHT_CTRL}), "alt": frozenset({ALT})}
    grip.aim({(SPACE, BOTH): Key.TOGGLE, (F9, NONE): Key.CANCEL}, modifiers)
    return grip


def test_only_the_exact_combination_goes_down():
    keys = grip()
    assert keys.press(SPACE, frozenset({"ctrl"})) is None
    assert keys.press(SPACE, BOTH | {"shift"}) is None
    assert keys.press(OTHER, BOTH) is None
    assert keys.press(SPACE, BOTH) is Key.TOGGLE


def test_repeats_are_one_press():
    keys = grip()
    assert [keys.press(SPACE, BOTH) for _ in range(3)] == [Key.TOGGLE, None, None]


def test_it_comes_up_with_the_first_key_that_is_released():
    for code in (SPACE, CTRL, RIGHT_CTRL, ALT):
        keys = grip()
        keys.press(SPACE, BOTH)
        assert keys.release(OTHER) == ()
        assert keys.release(code) == (Key.TOGGLE,)
        assert keys.release(SPACE) == ()


def test_the_main_key_has_to_come_up_before_it_counts_again():
    keys = grip()
    keys.press(SPACE, BOTH)
    keys.release(CTRL)
    assert keys.press(SPACE, BOTH) is None
    keys.release(SPACE)
    assert keys.press(SPACE, BOTH) is Key.TOGGLE


def test_a_look_at_the_keyboard_finds_what_was_released_unseen():
    for down in ({CTRL, ALT}, {SPACE, ALT}, {SPACE, CTRL}, set()):
        keys = grip()
        keys.press(SPACE, BOTH)
        assert keys.look(frozenset({CTRL, ALT, SPACE, OTHER})) == ()
        assert keys.look(frozenset(down)) == (Key.TOGGLE,)
        assert keys.busy == (SPACE in down)


def test_a_key_without_modifiers_comes_up_by_itself_only():
    keys = grip()
    assert keys.press(F9, NONE) is Key.CANCEL
    assert keys.release(CTRL) == ()
    assert keys.release(F9) == (Key.CANCEL,)
    assert not keys.busy


def test_let_go_ends_what_is_down_and_a_repeat_does_not_bring_it_back():
    keys = grip()
    keys.press(SPACE, BOTH)
    assert keys.let_go() == (Key.TOGGLE,)
    assert keys.press(SPACE, BOTH) is None


CODES = some.sampled_from([CTRL, RIGHT_CTRL, ALT, SPACE, F9, OTHER])


@settings(database=None, deadline=None)
@given(
    some.lists(some.tuples(some.booleans(), CODES, some.sampled_from([NONE, BOTH, frozenset({"ctrl"})])), max_size=50)
)
def test_presses_and_releases_of_a_combination_always_take_turns(strokes):
    keys, down = grip(), set()
    for pressed, code, modifiers in strokes:
        begun = {keys.press(code, modifiers)} - {None} if pressed else set()
        ended = set() if pressed else set(keys.release(code))
        assert not begun & down
        assert ended <= down
        down = (down | begun) - ended
    assert set(keys.look(frozenset())) == down
    assert not keys.busy
