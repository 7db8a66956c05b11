"""Names, passwords and roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.domain.people import (
    NotAllowedError,
    Person,
    Role,
    WeakPasswordError,
    check_name,
    check_password,
    former_name,
    name_key,
    require,
)
from forecasts.errors import InvalidValueError


@pytest.mark.parametrize("role", Role)
def test_a_role_is_found_by_its_word(role):
    assert Role.of(role.word) is role


@pytest.mark.parametrize("word", ["", "Admin", "boss", "1"])
def test_another_word_is_no_role(word):
    with pytest.raises(InvalidValueError) as caught:
        Role.of(word)
    assert str(caught.value) == (f"A role must be one of forecaster, moderator, admin; got {word}.")


@pytest.mark.parametrize("needed", Role)
@pytest.mark.parametrize("held", Role)
def test_a_role_may_do_what_the_lower_ones_may(held, needed):
    person = Person("id", "Ada", held)
    if held >= needed:
        assert require(person, needed, "test") is person
    else:
        with pytest.raises(NotAllowedError):
            require(person, needed, "test")


@pytest.mark.parametrize(
    ("role", "who"),
    [(Role.FORECASTER, "a forecaster"), (Role.MODERATOR, "a moderator"), (Role.ADMIN, "an admin")],
)
def test_a_visitor_is_told_what_it_takes(role, who):
    with pytest.raises(NotAllowedError) as caught:
        require(None, role, "test")
    assert str(caught.value) == f"To test you must be signed in as {who}."


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada Lovelace\n", "Ada Lovelace"),
        ("Ce\u0301line", "C\u00e9line"),
        ("ab", "ab"),
        ("x" * 40, "x" * 40),
        ("陈大文", "陈大文"),
        ("สมชาย", "สมชาย"),
        ("🦊 7", "🦊 7"),
    ],
)
def test_a_name_is_kept_trimmed_and_composed(given_name, kept):
    assert check_name(given_name) == kept


@pytest.mark.parametrize(
    ("name", "length"), [("", 0), (" a ", 1), ("x" * 41, 41), ("e\u0301", 1), (" \t\n ", 0)]
)
def test_a_name_too_short_or_too_long(name, length):
    with pytest.raises(InvalidValueError) as caught:
        check_name(name)
    assert str(caught.value) == f"A name must have 2 to 40 characters; got {length}."


UNSEEN = (
    *("\x00", "\x07", "\n", "\u202e", "\u200b", "\ud800", "\ue000", "\u2028", "\u2029", "\u00ad"),
    *("\u034f", "\u115f", "\u1160", "\u17b4", "\u180b", "\u2800", "\u3164", "\ufe0f", "\uffa0"),
    *("\U0001d159", "\U000e0041", "\U000e0100", "\U000e01ef"),
)


@pytest.mark.parametrize("hidden", UNSEEN, ids=ascii)
@pytest.mark.parametrize("name", ["Ada{}Lovelace", ".{0}{0}."])
def test_a_name_with_characters_that_cannot_be_seen(name, hidden):
    with pytest.raises(InvalidValueError) as caught:
        check_name(name.format(hidden))
    assert str(caught.value) == (
        f"A name must have only characters that can be seen; got U+{ord(hidden):04X}."
    )


@pytest.mark.parametrize("filler", ["\u3164", "\u2800", "\u115f"], ids=ascii)
def test_a_name_of_fillers_only(filler):
    with pytest.raises(InvalidValueError, match="have only characters that can be seen"):
        check_name(filler * 2)


@pytest.mark.parametrize("name", ["..", "-–-", "🦊🦊", "\u0301\u0301", "$ €"])
def test_a_name_without_letter_or_digit(name):
    with pytest.raises(InvalidValueError) as caught:
        check_name(name)
    assert str(caught.value) == f"A name must have at least one letter or digit; got {name}."


@pytest.mark.parametrize(
    "name",
    [
        former_name(17),
        "former  member",
        " FORMER MEMBER",
        "Former Members’ Club",
        "Ｆormer member 1",
    ],
)
def test_a_name_like_that_of_somebody_who_was_erased(name):
    with pytest.raises(InvalidValueError) as caught:
        check_name(name)
    kept = name.strip()
    assert str(caught.value) == f"A name must not begin with “Former member”; got {kept}."


@pytest.mark.parametrize("name", ["Former", "A former member", "Formermember", "Member 17"])
def test_a_name_that_is_only_a_little_like_it(name):
    assert check_name(name) == name


@given(st.text(max_size=60), st.integers(1))
def test_no_name_has_the_key_of_somebody_who_was_erased(name, number):
    assert name_key(name) != former_name(number)


@given(st.text(max_size=60))
def test_what_is_kept_is_kept_again(name):
    try:
        kept = check_name(name)
    except InvalidValueError:
        return
    assert check_name(kept) == kept
    assert name_key(kept) == name_key(name)


@pytest.mark.parametrize("other", ["ada", "ADA", " Ada ", "ＡＤＡ", "aDa\u00a0"])
def test_case_width_and_spaces_make_no_other_name(other):
    assert name_key(other) == name_key("Ada")


def test_spaces_between_words_count_once():
    assert name_key("Ada   Lovelace") == name_key("ada lovelace") != name_key("adalovelace")


@pytest.mark.parametrize(
    "password", ["correct horse", "x1y2z3w4v5", "ab cd ef gh", "ü" * 9 + "abcd"]
)
def test_a_good_password(password):
    check_password(password, "Ada")


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "A password must have 10 to 200 characters; got 0."),
        ("short pas", "A password must have 10 to 200 characters; got 9."),
        ("long word" * 23, "A password must have 10 to 200 characters; got 207."),
        ("abababababab", "A password must have at least 5 different characters."),
        *(
            (plain, "That password is among the first anybody would try; please choose another.")
            for plain in (
                "0123456789",
                "9876543210",
                "qwertyuiop",
                "poiuytrewq",
                "abcdefghijkl",
                "Password123",
                "!!FORECASTS-2026",
                "augusta1815!",
            )
        ),
    ],
)
def test_a_weak_password(password, sentence):
    with pytest.raises(WeakPasswordError) as caught:
        check_password(password, "Augusta")
    assert str(caught.value) == sentence
