"""The market maker against plain loops, its laws, and every trade of a real market."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from replication_markets import read

from forecasts.domain.aggregation import aggregate
from forecasts.domain.book import Book
from forecasts.domain.market import (
    cost,
    opening_shares,
    price_path,
    prices,
    shares_for,
    shares_to_reach,
    worst_loss,
)
from forecasts.domain.scoring import brier
from forecasts.errors import InvalidValueError

LIQUIDITY = st.sampled_from([1.0, 10.0, 100.0, 1000.0])


def states(low=-5.0, high=5.0):
    """Shares of 2 to 6 outcomes, in liquidities."""
    return st.integers(2, 6).flatmap(
        lambda size: st.lists(st.floats(low, high), min_size=size, max_size=size)
    )


@st.composite
def markets(draw):
    """A liquidity, shares sold, and one outcome of them."""
    b, scaled = draw(LIQUIDITY), draw(states())
    return b, b * np.array(scaled), draw(st.integers(0, len(scaled) - 1))


def plain_cost(shares, b):
    """The definition, outcome by outcome, for shares that are not too many."""
    return b * math.log(math.fsum(math.exp(share / b) for share in shares))


def plain_prices(shares, b):
    """The definition, outcome by outcome, for shares that are not too many."""
    terms = [math.exp(share / b) for share in shares]
    return [term / math.fsum(terms) for term in terms]


def moved(shares, outcome, number):
    after = np.array(shares, dtype=float)
    after[outcome] += number
    return after


def cost_of(number, outcome, shares, b):
    return float(cost(moved(shares, outcome, number), liquidity=b) - cost(shares, liquidity=b))


# By hand


def test_cost_by_hand():
    assert cost([0, 0], liquidity=100) == pytest.approx(100 * math.log(2))
    assert cost([100, 0], liquidity=100) == pytest.approx(100 * math.log(math.e + 1))
    assert cost([0, 0, 0], liquidity=2) == pytest.approx(2 * math.log(3))


def test_prices_by_hand():
    assert prices([0, 0], liquidity=7).tolist() == [0.5, 0.5]
    thrice = prices([100 * math.log(3), 0], liquidity=100)
    assert thrice.tolist() == pytest.approx([3 / 4, 1 / 4])


def test_fifty_points_from_even_odds_by_hand():
    bought = shares_for(50, outcome=0, shares=[0, 0], liquidity=100)
    assert bought == pytest.approx(100 * math.log(2 * math.exp(0.5) - 1))
    after = prices([float(bought), 0], liquidity=100)[0]
    assert after == pytest.approx(1 - (1 - 0.5) * math.exp(-50 / 100))


def test_a_price_target_by_hand():
    wanted = shares_to_reach(0.8, outcome=0, shares=[0, 0], liquidity=100)
    assert wanted == pytest.approx(100 * math.log(4))
    down = shares_to_reach(0.1, outcome=0, shares=[0, 0, 0], liquidity=10)
    assert down == pytest.approx(10 * (math.log(1 / 9) - math.log(1 / 2)))


def test_the_worst_loss_by_hand():
    assert worst_loss([0.5, 0.5], liquidity=100) == pytest.approx(100 * math.log(2))
    assert worst_loss([0.1, 0.6, 0.3], liquidity=50) == pytest.approx(50 * math.log(10))
    several = worst_loss([[0.5, 0.5], [0.9, 0.1]], liquidity=1)
    assert_allclose(several, [math.log(2), math.log(10)])


def test_a_prior_is_the_first_price_and_costs_nothing():
    opening = opening_shares([0.1, 0.6, 0.3], liquidity=50)
    assert_allclose(prices(opening, liquidity=50), [0.1, 0.6, 0.3], atol=1e-15)
    assert cost(opening, liquidity=50) == pytest.approx(0, abs=1e-12)


def test_shares_any_finite_number_of_liquidities_apart_have_a_cost_and_prices():
    assert cost([1e300, 2], liquidity=1e-300) == 1e300
    assert cost([1e308, -1e308], liquidity=1) == 1e308
    assert prices([1e300, 2], liquidity=1e-300).tolist() == [1, 0]
    assert prices([1e300, 1e300], liquidity=1e-300).tolist() == [0.5, 0.5]


def test_money_for_several_markets_buys_in_each_what_it_buys_alone():
    shares = np.array([[0.0, 10.0], [20.0, 0.0]])
    found = shares_for([50, -5], outcome=1, shares=shares, liquidity=100)
    alone = [
        shares_for(money, outcome=1, shares=row, liquidity=100)
        for money, row in zip([50, -5], shares, strict=True)
    ]
    assert_allclose(found, alone, rtol=1e-14)


@pytest.mark.parametrize("many", [1e4, 1e9, 1e15])
def test_shares_without_measure_break_nothing(many):
    assert prices([many, many], liquidity=1).tolist() == [0.5, 0.5]
    assert prices([many, 0, -many], liquidity=1).tolist() == [1, 0, 0]
    assert cost([many, many], liquidity=1) == pytest.approx(many + math.log(2), rel=1e-15)
    assert cost([-many, -many], liquidity=1) == pytest.approx(math.log(2) - many, rel=1e-15)


def test_a_budget_without_measure_buys_what_it_pays_and_the_odds():
    assert shares_for(1e6, outcome=0, shares=[0, 0], liquidity=1) == 1e6 + math.log(2)
    far = shares_for(2000, outcome=0, shares=[-1000, 0], liquidity=1)
    assert far == pytest.approx(2000 + 1000)
    assert shares_for(-900, outcome=0, shares=[1000, 0], liquidity=1) == pytest.approx(-900)


# The plain definitions


@given(markets())
def test_cost_and_prices_are_the_plain_loops(market):
    b, shares, _ = market
    assert cost(shares, liquidity=b) == pytest.approx(plain_cost(shares, b), rel=1e-12, abs=1e-9)
    assert_allclose(prices(shares, liquidity=b), plain_prices(shares, b), rtol=1e-12)


def test_many_markets_at_once_are_each_alone():
    shares = np.random.default_rng(1).normal(0, 100, (4, 5, 3))
    money = np.random.default_rng(2).uniform(1, 50, (4, 5))
    together = cost(shares, liquidity=100), prices(shares, liquidity=100)
    bought = shares_for(money, outcome=2, shares=shares, liquidity=100)
    wanted = shares_to_reach(money / 100, outcome=2, shares=shares, liquidity=100)
    for place in np.ndindex(4, 5):
        one = {"outcome": 2, "shares": shares[place], "liquidity": 100}
        assert together[0][place] == cost(shares[place], liquidity=100)
        assert_allclose(together[1][place], prices(shares[place], liquidity=100))
        assert bought[place] == pytest.approx(float(shares_for(money[place], **one)))
        assert wanted[place] == pytest.approx(float(shares_to_reach(money[place] / 100, **one)))


def plain_path(outcomes, traded, opening, b):
    """Trade by trade: its cost, and the prices after it."""
    shares, costs, after = list(opening), [], []
    for outcome, number in zip(outcomes, traded, strict=True):
        before = plain_cost(shares, b)
        shares[outcome] += number
        costs.append(plain_cost(shares, b) - before)
        after.append(plain_prices(shares, b))
    return costs, after


@given(
    states(-1, 1),
    st.lists(st.tuples(st.integers(0, 9), st.floats(-1, 1)), max_size=20),
    LIQUIDITY,
)
def test_a_path_is_the_plain_loop(opening, trades, b):
    outcomes = np.array([number % len(opening) for number, _ in trades], dtype=int)
    traded, first = b * np.array([size for _, size in trades]), b * np.array(opening)
    path = price_path(outcomes, traded, opening=first, liquidity=b)
    costs, after = plain_path(outcomes, traded, first, b)
    assert_allclose(path.costs, costs, atol=1e-9)
    assert_allclose(path.prices, np.reshape(after, (-1, len(opening))), atol=1e-12)


# Laws


@given(states(-50, 50), LIQUIDITY)
def test_prices_sum_to_one(scaled, b):
    assert prices(b * np.array(scaled), liquidity=b).sum() == pytest.approx(1, abs=1e-12)


@given(markets(), st.floats(0.01, 3))
def test_buying_raises_its_own_price_and_lowers_all_others(market, number):
    b, shares, outcome = market
    change = prices(moved(shares, outcome, b * number), liquidity=b) - prices(shares, liquidity=b)
    assert change[outcome] > 0
    assert (np.delete(change, outcome) < 0).all()


@given(markets(), st.floats(-1000, 1000))
def test_a_share_of_everything_costs_a_point(market, number):
    b, shares, _ = market
    every = cost(shares + number, liquidity=b) - cost(shares, liquidity=b)
    assert every == pytest.approx(number, abs=1e-9)
    assert_allclose(prices(shares + number, liquidity=b), prices(shares, liquidity=b), atol=1e-9)


@given(markets(), st.integers(0, 1000), st.floats(0, 1))
def test_cost_is_convex(market, seed, part):
    b, shares, _ = market
    other = np.random.default_rng(seed).normal(0, 2 * b, len(shares))
    between = float(cost(part * shares + (1 - part) * other, liquidity=b))
    ends = part * cost(shares, liquidity=b) + (1 - part) * cost(other, liquidity=b)
    assert between <= float(ends) + 1e-9 * b


@given(markets())
def test_prices_are_the_slope_of_the_cost(market):
    b, shares, outcome = market
    step = 1e-5 * b
    slope = (cost_of(step, outcome, shares, b) - cost_of(-step, outcome, shares, b)) / (2 * step)
    assert slope == pytest.approx(float(prices(shares, liquidity=b)[outcome]), abs=1e-8)


@given(markets(), st.floats(-3, 3))
def test_a_trade_costs_between_its_first_price_and_its_last(market, number):
    b, shares, outcome = market
    paid = cost_of(b * number, outcome, shares, b)
    first = prices(shares, liquidity=b)[outcome]
    last = prices(moved(shares, outcome, b * number), liquidity=b)[outcome]
    least, most = sorted([b * number * float(first), b * number * float(last)])
    assert least - 1e-9 * b <= paid <= most + 1e-9 * b


@given(markets(), st.integers(0, 1000))
def test_what_all_trades_cost_together_does_not_depend_on_their_order(market, seed):
    b, opening, _ = market
    draw = np.random.default_rng(seed)
    outcomes, traded = draw.integers(0, len(opening), 12), draw.normal(0, b, 12)
    order = draw.permutation(12)
    one = price_path(outcomes, traded, opening=opening, liquidity=b)
    other = price_path(outcomes[order], traded[order], opening=opening, liquidity=b)
    assert one.costs.sum() == pytest.approx(float(other.costs.sum()), abs=1e-9 * b)
    assert_allclose(one.prices[-1], other.prices[-1], atol=1e-12)


@given(markets(), st.floats(-20, 20))
def test_shares_for_money_cost_that_money(market, spent):
    b, shares, outcome = market
    price = float(prices(shares, liquidity=b)[outcome])
    without_end = math.log1p(-price)
    if spent <= without_end + 1e-6:
        with pytest.raises(InvalidValueError, match="money must be more"):
            shares_for(b * (without_end - 1e-6), outcome=outcome, shares=shares, liquidity=b)
        return
    number = float(shares_for(b * spent, outcome=outcome, shares=shares, liquidity=b))
    assert cost_of(number, outcome, shares, b) == pytest.approx(b * spent, rel=1e-6, abs=1e-9 * b)
    after = prices(moved(shares, outcome, number), liquidity=b)[outcome]
    assert after == pytest.approx(1 - (1 - price) * math.exp(-spent), abs=1e-9)


@given(markets(), st.floats(-3, 3))
def test_money_for_shares_buys_these_shares(market, number):
    b, shares, outcome = market
    money = cost_of(b * number, outcome, shares, b)
    back = shares_for(money, outcome=outcome, shares=shares, liquidity=b)
    assert back == pytest.approx(b * number, abs=1e-9 * b)


@given(markets(), st.floats(0.005, 0.995))
def test_shares_to_a_price_reach_it_and_keep_the_others_in_proportion(market, target):
    b, shares, outcome = market
    number = shares_to_reach(target, outcome=outcome, shares=shares, liquidity=b)
    before, after = (
        prices(state, liquidity=b) for state in (shares, moved(shares, outcome, number))
    )
    assert after[outcome] == pytest.approx(target, abs=1e-12)
    assert (number > 0) == (target > before[outcome])
    others = np.delete(after, outcome) / np.delete(before, outcome)
    assert_allclose(others, (1 - target) / (1 - before[outcome]), rtol=1e-9)


@given(markets(), st.integers(0, 1000))
def test_the_maker_never_loses_more_than_the_worst_loss(market, seed):
    b, opening, _ = market
    draw = np.random.default_rng(seed)
    outcomes, traded = draw.integers(0, len(opening), 40), draw.normal(0, 3 * b, 40)
    path = price_path(outcomes, traded, opening=opening, liquidity=b)
    held = np.bincount(outcomes, weights=traded, minlength=len(opening))
    losses = held - path.costs.sum()
    prior = prices(opening, liquidity=b)
    assert losses.max() <= worst_loss(prior, liquidity=b) + 1e-9 * b


def test_the_worst_loss_is_reached_where_the_least_likely_becomes_certain():
    prior = [0.2, 0.7, 0.1]
    opening = opening_shares(prior, liquidity=100)
    loss = 10_000 - cost_of(10_000, 2, opening, 100)
    assert loss == pytest.approx(float(worst_loss(prior, liquidity=100)), abs=1e-9)


# What is refused


def options(**changes):
    return {"outcome": 0, "shares": [0, 0], "liquidity": 100} | changes


def path(**changes):
    arguments = {"outcomes": [0], "traded": [1.0], "opening": [0, 0], "liquidity": 100} | changes
    return price_path(arguments.pop("outcomes"), arguments.pop("traded"), **arguments)


@pytest.mark.parametrize(
    ("call", "blamed"),
    [
        (lambda: cost([0, 0], liquidity=0), "liquidity must be more than 0 and finite; got 0"),
        (lambda: prices([0, 0], liquidity=-1), "liquidity must"),
        (lambda: cost([0, 0], liquidity=math.nan), "liquidity must"),
        (lambda: cost([0, 0], liquidity=math.inf), "liquidity must"),
        (lambda: cost([0, math.nan], liquidity=1), "shares must be finite; got nan"),
        (lambda: prices([0, math.inf], liquidity=1), "shares must be finite; got inf"),
        (lambda: cost([5], liquidity=1), "shares must be of at least two outcomes"),
        (lambda: prices(5, liquidity=1), "shares must be of at least two outcomes"),
        (lambda: opening_shares([0.5, 0.4], liquidity=1), "prior must sum to 1; got 0.9"),
        (lambda: opening_shares([1, 0], liquidity=1), "prior must give every outcome more than 0"),
        (lambda: worst_loss([0, 1], liquidity=1), "prior must give every outcome more than 0"),
        (lambda: worst_loss([0.5, 0.5], liquidity=0), "liquidity must"),
        (lambda: shares_for(math.inf, **options()), "money must be finite; got inf"),
        (lambda: shares_for(-70, **options()), "money must be more than what selling.*got -70"),
        (lambda: shares_for(1, **options(outcome=2)), "outcome must be an index from 0 to 1"),
        (lambda: shares_for(1, **options(outcome=-1)), "outcome must be an index"),
        (lambda: shares_for(1, **options(outcome=0.5)), "outcome must be an index"),
        (lambda: shares_to_reach(0, **options()), "price must lie between 0 and 1.*got 0"),
        (lambda: shares_to_reach(1, **options()), "price must lie between 0 and 1"),
        (lambda: shares_to_reach(math.nan, **options()), "price must be finite"),
        (lambda: shares_to_reach(0.5, **options(outcome=2)), "outcome must be an index"),
        (lambda: path(outcomes=[2]), "outcome must be an index from 0 to 1"),
        (lambda: path(outcomes=[0, 1]), r"outcome must be an index .* of the shape \(1,\)"),
        (lambda: path(outcomes=0), r"must be \(K,\), \(T,\) and \(T,\); got \(2,\), \(\)"),
        (lambda: path(outcomes=[[0], [0, 1]]), "outcome must be an index"),
        (lambda: path(traded=["one"]), "traded must hold numbers"),
        (lambda: cost(["a", "b"], liquidity=1), "shares must hold numbers"),
        (lambda: cost([0, 0], liquidity=None), "liquidity must hold numbers"),
        (lambda: cost([0, 0], liquidity=[1, 2]), "liquidity must be one number"),
        (lambda: opening_shares([None, 1], liquidity=1), "prior must hold numbers"),
        (lambda: shares_for([1, 2, 3], **options(shares=np.zeros((2, 2)))), "money must broadcast"),
        (
            lambda: shares_to_reach([0.1] * 3, **options(shares=np.zeros((2, 2)))),
            "price must broad",
        ),
        (lambda: shares_for(1, **options(outcome=[0, 1])), r"outcome must be .*got shape \(2,\)"),
        (lambda: shares_to_reach(0.5, **options(outcome=[0])), "outcome must be an index"),
        (lambda: shares_for(1, **options(shares=[1e300, 0], liquidity=1e-300)), "shares must lie"),
        (lambda: path(traded=[math.nan]), "traded must be finite"),
        (lambda: path(opening=[[0, 0]]), "opening, outcomes and traded must"),
        (lambda: path(opening=0.0), "outcome must be an index"),
        (lambda: path(opening=[math.nan, 0]), "opening must be finite"),
        (lambda: path(liquidity=0), "liquidity must"),
    ],
)
def test_what_is_no_market_is_refused(call, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        call()


# Real trades


@pytest.fixture(scope="module")
def trades():
    """Each study's trades in their order, by project and study."""
    found = defaultdict(list)
    for row in read("trades.csv"):
        found[row["project"], row["finding_id"]].append(row)
    order = lambda row: (row["time_stamp"], int(row["transaction_id"]))  # noqa: E731
    return {key: sorted(rows, key=order) for key, rows in found.items()}


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def of_project(trades, project):
    return [rows for (name, _), rows in trades.items() if name == project]


@pytest.mark.real_data
def test_every_price_of_the_first_project_is_reproduced(trades):
    checked = 0
    for rows in of_project(trades, "RPP"):
        no = np.ones(len(rows), dtype=int)
        shares = column(rows, "transaction_shares")
        found = price_path(no, shares, opening=[0, 0], liquidity=100)
        assert_allclose(found.prices[:, 0], column(rows, "price"), rtol=0, atol=1e-12)
        net = np.column_stack([np.zeros(len(rows)), column(rows, "net_shares")])
        assert_allclose(prices(net, liquidity=100), found.prices, rtol=0, atol=1e-12)
        checked += len(rows)
    assert checked == 2288


@pytest.mark.real_data
def test_whole_hundredths_stay_near_every_price_of_the_first_project(trades):
    for rows in of_project(trades, "RPP"):
        no = np.rint(100 * column(rows, "transaction_shares")).astype(int).cumsum()
        found = [
            prices(Book((0.5, 0.5), 100, (0, number)).shares, liquidity=100)[0]
            for number in no.tolist()
        ]
        assert_allclose(found, column(rows, "price"), rtol=0, atol=3e-4)


@pytest.mark.real_data
def test_every_price_of_the_second_project_is_reproduced_to_its_six_digits(trades):
    checked = 0
    for rows in of_project(trades, "EERP"):
        net = np.column_stack([column(rows, "net_shares"), np.zeros(len(rows))])
        found = prices(net, liquidity=100)[:, 0]
        assert_allclose(found, column(rows, "price"), rtol=0, atol=5e-7)
        checked += len(rows)
    assert checked == 2080


@pytest.fixture(scope="module")
def studies(trades):
    """What came of each study, its last price and the mean of its survey."""
    said = defaultdict(list)
    for row in read("survey.csv"):
        said[row["finding_id"]].append(float(row["response"]))
    last = {study: float(rows[-1]["price"]) for (_, study), rows in trades.items()}
    rows = read("studies.csv")
    means = [
        aggregate(np.column_stack([p, 1 - p]), method="mean").centre[0]
        for p in (np.array(said[row["finding_id"]]) for row in rows)
    ]
    happened = np.array([int(row["replicated"]) for row in rows])
    return happened, np.array([last[row["finding_id"]] for row in rows]), np.array(means)


@pytest.mark.real_data
def test_the_last_price_is_right_for_75_of_103_studies(studies):
    happened, last, _ = studies
    assert len(happened) == 103
    assert ((last > 0.5) == happened).sum() == 75


@pytest.mark.real_data
def test_the_last_price_scores_as_computed_elsewhere(studies):
    happened, last, _ = studies
    scores = brier(forecast=np.column_stack([last, 1 - last]), outcome=1 - happened)
    assert scores.mean() == pytest.approx(0.19235, abs=5e-6)


@pytest.mark.real_data
def test_market_and_survey_correlate_with_what_happened_as_published(studies):
    happened, last, means = studies
    assert np.corrcoef(happened, last)[0, 1] == pytest.approx(0.581, abs=5e-4)
    assert np.corrcoef(happened, means)[0, 1] == pytest.approx(0.564, abs=5e-4)
