"""The maker's book: exact to the cent, never against the maker."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.domain.book import Book, charge, hundredths_for, hundredths_to_reach
from forecasts.domain.market import prices, shares_for, worst_loss
from forecasts.errors import InvalidValueError

EVEN = Book(prior=(0.5, 0.5), liquidity=100)
DIGITS = Context(prec=200)


def exact_cost(book):
    """The definition to 200 digits, in cents, with no term taken out."""
    with localcontext(DIGITS):
        unit = Decimal(book.liquidity) * 100
        return (
            unit
            * sum(
                Decimal(share) * (sold / unit).exp()
                for share, sold in zip(book.prior, book.sold, strict=True)
            ).ln()
        )


def exact_charge(hundredths, outcome, book):
    """What a trade costs to 200 digits, in cents."""
    with localcontext(DIGITS):
        return exact_cost(book.after(hundredths, outcome=outcome)) - exact_cost(book)


@st.composite
def books(draw):
    """A book of 2 to 5 outcomes, as it stands after some trading, and one outcome of it."""
    parts = draw(st.lists(st.integers(1, 50), min_size=2, max_size=5))
    prior = tuple(part / sum(parts) for part in parts)
    liquidity = draw(st.sampled_from([3, 10, 33.33, 100, 1000]))
    most = round(400 * liquidity)
    each = st.integers(-most, most)
    sold = draw(st.lists(each, min_size=len(parts), max_size=len(parts)))
    return Book(prior, liquidity, tuple(sold)), draw(st.integers(0, len(parts) - 1))


SIZES = st.integers(-20_000, 20_000)


def traded(book, trades):
    """The book after trades of (outcome, hundredths), and what each was charged."""
    charges = []
    for number, hundredths in trades:
        outcome = number % len(book.sold)
        charges.append(charge(hundredths, outcome=outcome, book=book))
        book = book.after(hundredths, outcome=outcome)
    return book, charges


TRADES = st.lists(st.tuples(st.integers(0, 9), st.integers(-2000, 2000)), max_size=12)


# By hand


def test_ten_shares_from_even_odds_by_hand():
    exact = 10_000 * math.log((math.exp(0.1) + 1) / 2)
    assert exact == pytest.approx(512.4947951)
    assert charge(1000, outcome=0, book=EVEN) == 513
    after = EVEN.after(1000, outcome=0)
    assert after.sold == (1000, 0)
    assert charge(-1000, outcome=0, book=after) == -512


@pytest.mark.parametrize("cents", [1, 7, 100, 999, 1000, 4321, 123_456])
def test_a_trade_that_swaps_two_prices_costs_whole_cents(cents):
    book = Book((0.5, 0.5), 100, (0, cents))
    assert charge(2 * cents, outcome=0, book=book) == cents
    assert charge(-2 * cents, outcome=0, book=book.after(2 * cents, outcome=0)) == -cents
    assert hundredths_for(cents, outcome=0, book=book) == 2 * cents


def test_no_shares_cost_nothing_and_no_money_buys_none():
    book = Book((0.3, 0.3, 0.4), 17, (5, -80, 900))
    assert charge(0, outcome=1, book=book) == 0
    assert hundredths_for(0, outcome=1, book=book) == 0


def test_what_is_all_but_impossible_still_costs_a_cent_and_raises_none():
    book = Book((0.5, 0.5), 100, (0, 900_000))
    assert charge(1, outcome=0, book=book) == 1
    assert charge(-1, outcome=0, book=book.after(1, outcome=0)) == 0
    assert charge(1, outcome=1, book=book) == 1
    assert charge(-1, outcome=1, book=book) == 0


def test_shares_without_measure_of_everything_change_no_charge():
    fresh, busy = Book((0.3, 0.7), 1), Book((0.3, 0.7), 1, (10**12, 10**12))
    assert charge(50, outcome=0, book=busy) == charge(50, outcome=0, book=fresh)
    assert hundredths_for(50, outcome=0, book=busy) == hundredths_for(50, outcome=0, book=fresh)


def test_the_shares_of_a_book_carry_its_prior():
    book = Book(prior=(0.2, 0.8), liquidity=50, sold=(250, -1000))
    assert book.shares.tolist() == pytest.approx(
        [50 * math.log(0.2) + 2.5, 50 * math.log(0.8) - 10]
    )
    assert prices(Book((0.2, 0.8), 50).shares, liquidity=50).tolist() == pytest.approx([0.2, 0.8])


def test_shares_to_a_price_stop_before_they_pass_it():
    assert hundredths_to_reach(0.8, outcome=0, book=EVEN) == math.floor(10_000 * math.log(4))
    assert hundredths_to_reach(0.2, outcome=0, book=EVEN) == -math.floor(10_000 * math.log(4))
    assert hundredths_to_reach(0.5, outcome=1, book=EVEN) == 0


# Laws


@given(books(), SIZES)
def test_a_charge_is_the_ceiling_of_the_exact_cost(found, hundredths):
    book, outcome = found
    exact = exact_charge(hundredths, outcome, book)
    charged = charge(hundredths, outcome=outcome, book=book)
    assert -Decimal("1e-50") < charged - exact < 1


@given(books(), SIZES)
def test_a_round_trip_never_gains(found, hundredths):
    book, outcome = found
    there = charge(hundredths, outcome=outcome, book=book)
    back = charge(-hundredths, outcome=outcome, book=book.after(hundredths, outcome=outcome))
    assert 0 <= there + back <= 1


@given(books(), TRADES)
def test_no_way_round_gains_however_many_trades_it_takes(found, trades):
    book, _ = found
    there, charges = traded(book, trades)
    ways = [
        (outcome, sold - now)
        for outcome, (sold, now) in enumerate(zip(book.sold, there.sold, strict=True))
    ]
    back, returned = traded(there, ways)
    assert back == book
    assert sum(charges) + sum(returned) >= 0


@given(books(), TRADES)
def test_the_maker_never_loses_more_than_the_worst_loss_whatever_happens(found, trades):
    book, _ = found
    opened = Book(book.prior, book.liquidity)
    after, charges = traded(opened, trades)
    with localcontext(DIGITS):
        least = min(map(Decimal, book.prior)) / sum(map(Decimal, book.prior))
        bound = -100 * Decimal(book.liquidity) * least.ln()
    assert max(after.sold) - sum(charges) <= bound
    as_float = 100 * float(worst_loss(book.prior, liquidity=book.liquidity))
    assert float(bound) == pytest.approx(as_float, rel=1e-12)


@given(books(), st.lists(st.integers(-500, 500), min_size=1, max_size=6))
def test_pieces_cost_no_less_than_the_whole_and_at_most_a_cent_each_more(found, pieces):
    book, outcome = found
    whole = charge(sum(pieces), outcome=outcome, book=book)
    _, charges = traded(book, [(outcome, piece) for piece in pieces])
    assert whole <= sum(charges) <= whole + len(pieces)


@given(books(), st.integers(0, 20_000))
def test_a_budget_buys_all_that_it_can(found, cents):
    book, outcome = found
    hundredths = hundredths_for(cents, outcome=outcome, book=book)
    assert charge(hundredths, outcome=outcome, book=book) <= cents
    assert charge(hundredths + 1, outcome=outcome, book=book) > cents


@given(books(), st.integers(1, 20_000))
def test_a_sale_gives_no_more_than_it_must_to_raise_what_was_asked(found, cents):
    book, outcome = found
    try:
        hundredths = hundredths_for(-cents, outcome=outcome, book=book)
    except InvalidValueError:
        price = float(prices(book.shares, liquidity=book.liquidity)[outcome])
        assert -cents / 100 <= book.liquidity * math.log1p(-price) + 1e-9
        return
    assert charge(hundredths, outcome=outcome, book=book) <= -cents
    assert charge(hundredths + 1, outcome=outcome, book=book) > -cents


@given(books(), st.integers(0, 20_000))
def test_whole_shares_are_the_real_ones_without_their_fraction(found, cents):
    book, outcome = found
    real = shares_for(cents / 100, outcome=outcome, shares=book.shares, liquidity=book.liquidity)
    whole = hundredths_for(cents, outcome=outcome, book=book)
    assert -1e-6 < 100 * float(real) - whole < 1 + 1e-6


@given(books(), st.integers(0, 2000))
def test_betting_against_one_is_buying_all_others(found, hundredths):
    book, outcome = found
    bought = book
    for other in set(range(len(book.sold))) - {outcome}:
        bought = bought.after(hundredths, outcome=other)
    with localcontext(DIGITS):
        exact = exact_cost(bought) - exact_cost(book)
    charged = hundredths + charge(-hundredths, outcome=outcome, book=book)
    assert -Decimal("1e-50") < charged - exact < 1


@given(books(), st.floats(0.005, 0.995))
def test_shares_to_a_price_come_within_a_hundredth_of_it(found, price):
    book, outcome = found

    def reached(number):
        after = book.after(number, outcome=outcome)
        return float(prices(after.shares, liquidity=book.liquidity)[outcome])

    number = hundredths_to_reach(price, outcome=outcome, book=book)
    further = number + (1 if price > reached(0) else -1)
    low, high = sorted([reached(number), reached(further)])
    assert low - 1e-12 <= price <= high + 1e-12


# What is refused


@pytest.mark.parametrize(
    ("call", "blamed"),
    [
        (lambda: Book((0.5, 0.5), 0), "liquidity must be more than 0"),
        (lambda: Book((0.5, 0.6), 1), "prior must sum to 1"),
        (lambda: Book((0.0, 1.0), 1), "prior must give every outcome more than 0"),
        (lambda: Book((0.5, 0.5), 1, (1,)), "sold must be 2 whole numbers of hundredths"),
        (lambda: Book((0.5, 0.5), 1, (1, 0.5)), "sold must be 2 whole numbers"),
        (lambda: Book((0.5, 0.5), 1, (0, 10_001)), "must lie within 100 times.*got 100.01 times"),
        (lambda: EVEN.after(1, outcome=2), "outcome must be an index from 0 to 1; got 2"),
        (lambda: charge(1, outcome=-1, book=EVEN), "outcome must be an index"),
        (lambda: charge(1.5, outcome=0, book=EVEN), "hundredths must be whole; got 1.5"),
        (lambda: charge(None, outcome=0, book=EVEN), "hundredths must be whole; got None"),
        (lambda: charge(10**400, outcome=0, book=EVEN), "sold must be less than 9007199254740992"),
        (lambda: charge(1, outcome=[0, 1], book=EVEN), "outcome must be an index"),
        (lambda: Book((0.5, 0.5), "1"), "liquidity must hold numbers"),
        (lambda: Book((0.5, 0.5), [1, 1]), "liquidity must be one number"),
        (lambda: Book(0.5, 1), "prior must hold at least two outcomes"),
        (lambda: Book(((0.5, 0.5), (0.5, 0.5)), 1), "prior must hold 2 outcomes; got shape"),
        (lambda: hundredths_to_reach([0.2], outcome=0, book=EVEN), "price must be one number"),
        (lambda: charge(10**15, outcome=0, book=EVEN), "must lie within 100 times"),
        (lambda: hundredths_for(1.5, outcome=0, book=EVEN), "cents must be whole.*got 1.5"),
        (lambda: hundredths_for(1_000_001, outcome=0, book=EVEN), "up to 100 times the liquidity"),
        (lambda: hundredths_for(-6932, outcome=0, book=EVEN), "what selling without end raises"),
        (lambda: hundredths_for(1, outcome=5, book=EVEN), "outcome must be an index"),
        (lambda: hundredths_to_reach(1.0, outcome=0, book=EVEN), "price must lie between 0 and 1"),
    ],
)
def test_what_no_book_can_take_is_refused(call, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        call()


@pytest.mark.parametrize("kind", [int, np.int64, np.int8, np.float32, np.float64])
def test_a_book_takes_a_liquidity_and_a_prior_of_any_kind_of_number(kind):
    book = Book([np.float32(0.5), 0.5], kind(100), [0, 1000])
    assert book == Book((0.5, 0.5), 100, (0, 1000))
    assert charge(2000, outcome=0, book=book) == 1000
    assert hash(book) == hash(Book((0.5, 0.5), 100.0, (0, 1000)))


def test_a_sale_may_raise_almost_all_that_there_is():
    assert hundredths_for(-6931, outcome=0, book=EVEN) < -90_000
