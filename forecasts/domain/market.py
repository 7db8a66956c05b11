"""A market maker by the logarithmic scoring rule: what trades cost and what prices say.

Every formula is that of Hanson 2003, doi 10.1023/A:1022058209073, and Hanson 2007,
doi 10.5750/jpm.v1i1.417 (LMSR). A share of an outcome pays one point if it happens, else nothing.
`shares` are those the maker has sold, (..., K); a prior enters as shares sold before the opening,
see `opening_shares`. `liquidity`, b > 0 in points, says how slowly prices move: near even odds a
share of a binary question moves the price by 1/(4b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import Floats, check_number, check_numbers, check_prior
from forecasts.domain.proper_scores import check_outcome
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def opening_shares(prior: ArrayLike, *, liquidity: float) -> Floats:
    """The shares, (..., K), whose prices are the prior, (..., K), and whose cost is 0: b ln prior.

    Raises InvalidValueError for a bad vector, a prior of 0 and a liquidity that is not positive.

    >>> prices(opening_shares([0.2, 0.8], liquidity=100), liquidity=100).round(12).tolist()
    [0.2, 0.8]
    """
    return check_liquidity(liquidity) * np.log(check_prior(prior))


def worst_loss(prior: ArrayLike, *, liquidity: float) -> Floats:
    """The most points, (...), that the maker can lose, whatever is traded: b ln(1 / min prior).

    prior: (..., K) probabilities, none 0. It is lost where the least likely outcome happens and
    its price had come to 1. Raises InvalidValueError as `opening_shares` does.

    >>> float(worst_loss([0.5, 0.5], liquidity=100).round(4))
    69.3147
    """
    worst: Floats = -opening_shares(prior, liquidity=liquidity).min(axis=-1)
    return worst


def cost(shares: ArrayLike, *, liquidity: float) -> Floats:
    """What all shares sold, (..., K), have cost together, (...), in points: b ln Σ e^(shares/b).

    A trade costs the difference between after and before; that of a sale is negative. Convex in
    `shares`; one more share of every outcome costs one point. The largest term is taken out, so
    any finite number of shares will do. Raises InvalidValueError for fewer than two outcomes,
    for shares that are not finite and for a liquidity that is not positive.

    >>> float(cost([100, 0], liquidity=100).round(4)), float(cost([1e9, 1e9 - 5], liquidity=1))
    (131.3262, 1000000000.0067153)
    """
    scaled, b, most = _scaled(shares, liquidity)
    above: Floats = np.log(np.exp(scaled).sum(axis=-1))
    return most + b * above


def prices(shares: ArrayLike, *, liquidity: float) -> Floats:
    """What the next sliver of a share of each outcome costs, (..., K): the crowd's probabilities.

    Price k is e^(shares_k/b) / Σ e^(shares/b), the slope of the cost; a vector sums to 1. Raises
    InvalidValueError as `cost` does.

    >>> prices([0, 0, 100], liquidity=100).round(4).tolist()
    [0.2119, 0.2119, 0.5761]
    """
    scaled, _, _ = _scaled(shares, liquidity)
    terms = np.exp(scaled)
    shares_of_all: Floats = terms / np.sum(terms, axis=-1, keepdims=True)
    return shares_of_all


def shares_for(money: ArrayLike, *, outcome: int, shares: ArrayLike, liquidity: float) -> Floats:
    """How many shares of an outcome cost `money`, (...) points, where `shares`, (..., K), are sold.

    Negative money is what a sale shall raise, and gives negative shares. From price p the price
    comes to p' = 1 − (1 − p) e^(−money/b), and the number is money + b ln(p'/p).
    Raises InvalidValueError as `cost` does, for an outcome that is not one index, for money that
    is not finite or does not broadcast with the shares, for shares too far apart to have odds,
    and for a sale that shall raise b ln(1/(1 − p)) or more, which none does.

    >>> bought = shares_for(50, outcome=0, shares=[0, 0], liquidity=100)
    >>> paid = cost([bought, 0], liquidity=100) - cost([0, 0], liquidity=100)
    >>> float(bought.round(4)), float(paid.round(9))
    (83.1797, 50.0)
    """
    scaled, b, _ = _scaled(shares, liquidity)
    spent = _beside(scaled, "money", money) / b
    against = _log_odds_against(scaled, outcome)
    with np.errstate(divide="ignore"):
        gained = against + np.maximum(-spent, 0) + np.log(-np.expm1(-np.abs(spent)))
    if ((spent < 0) & (gained >= 0)).any():
        raise InvalidValueError("money", "be more than what selling without end raises", money)
    sold = np.log1p(-np.exp(np.where(spent < 0, gained, -np.inf)))
    return b * (spent + np.where(spent < 0, sold, np.logaddexp(0, gained)))


def shares_to_reach(
    price: ArrayLike, *, outcome: int, shares: ArrayLike, liquidity: float
) -> Floats:
    """How many shares of an outcome bring it to `price`, (...), where `shares`, (..., K), are sold.

    From price p to t that is b · (logit t − logit p): negative, a sale, where t is below p.
    The prices of the other outcomes keep their proportions. Raises InvalidValueError as `cost`
    does, for an outcome that is not one index, for shares too far apart to have odds, and for a
    price that is not between 0 and 1 or does not broadcast with the shares.

    >>> float(shares_to_reach(0.2, outcome=0, shares=[0, 0], liquidity=100).round(4))
    -138.6294
    """
    scaled, b, _ = _scaled(shares, liquidity)
    target = _beside(scaled, "price", price)
    if not ((target > 0) & (target < 1)).all():
        raise InvalidValueError("price", "lie between 0 and 1, at neither", price)
    return b * (np.log(target) - np.log1p(-target) + _log_odds_against(scaled, outcome))


@dataclass(frozen=True, slots=True)
class PricePath:
    """What T trades did, one after another: what each cost, and the prices after each.

    costs: (T,) points, negative where shares were sold. prices: (T, K).
    """

    costs: Floats
    prices: Floats


def price_path(
    outcomes: ArrayLike, traded: ArrayLike, *, opening: ArrayLike, liquidity: float
) -> PricePath:
    """Cost and prices of T trades in their order.

    outcomes: (T,) indices. traded: (T,) shares of them, negative where they were sold to the
    maker. opening: (K,) shares before the first, as `opening_shares` gives them.
    Raises InvalidValueError as `cost` does and where the trades do not fit.

    >>> path = price_path([0, 1], [10, 10], opening=[0, 0], liquidity=100)
    >>> path.costs.round(4).tolist(), path.prices.round(4).tolist()
    ([5.1249, 4.8751], [[0.525, 0.475], [0.5, 0.5]])
    """
    first, number = _finite("opening", opening), _finite("traded", traded)
    size = first.shape[-1] if first.ndim else 0
    chosen = check_outcome(outcomes, outcomes=size, shape=number.shape)
    if first.ndim != 1 or number.ndim != 1 or chosen.shape != number.shape:
        shapes = f"{first.shape}, {chosen.shape} and {number.shape}"
        raise InvalidValueError("opening, outcomes and traded", "be (K,), (T,) and (T,)", shapes)
    steps = np.vstack([first, np.zeros((len(number), len(first)))])
    steps[1 + np.arange(len(number)), chosen] = number
    shares = steps.cumsum(axis=0)
    costs = np.diff(cost(shares, liquidity=liquidity))
    return PricePath(costs, prices(shares[1:], liquidity=liquidity))


def check_liquidity(value: float) -> float:
    """The liquidity b, in points, found to be more than 0 and finite, as a float.

    Raises InvalidValueError.
    Source: our own.

    >>> check_liquidity(0)
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: liquidity must be more than 0 and finite; got 0.
    """
    number = check_number("liquidity", value)
    if not 0 < number < np.inf:
        raise InvalidValueError("liquidity", "be more than 0 and finite", value)
    return number


def _finite(name: str, values: ArrayLike) -> Floats:
    numbers = check_numbers(name, values)
    if not np.isfinite(numbers).all():
        raise InvalidValueError(name, "be finite", numbers[~np.isfinite(numbers)].flat[0])
    return numbers


def _beside(scaled: Floats, name: str, values: ArrayLike) -> Floats:
    """Finite numbers, (...), that broadcast with the shares, (..., K)."""
    numbers, shape = _finite(name, values), scaled.shape[:-1]
    try:
        np.broadcast_shapes(numbers.shape, shape)
    except ValueError:
        rule = f"broadcast with shares of the shape {scaled.shape}"
        raise InvalidValueError(name, rule, f"shape {numbers.shape}") from None
    return numbers


def _scaled(shares: ArrayLike, liquidity: float) -> tuple[Floats, float, Floats]:
    """By how many b each number of shares lies below the largest, (..., K), b, and the largest."""
    held, b = _finite("shares", shares), check_liquidity(liquidity)
    if held.ndim == 0 or held.shape[-1] <= 1:
        raise InvalidValueError("shares", "be of at least two outcomes", f"shape {held.shape}")
    most = held.max(axis=-1)
    with np.errstate(over="ignore"):
        return (held - most[..., np.newaxis]) / b, b, most


def _log_sum(scaled: Floats) -> Floats:
    top: Floats = scaled.max(axis=-1)
    total: Floats = np.exp(scaled - top[..., np.newaxis]).sum(axis=-1)
    return top + np.log(total)


def _log_odds_against(scaled: Floats, outcome: int) -> Floats:
    """ln((1 − p)/p) of one outcome, without the rounding that 1 − p has near 1."""
    index = check_outcome(outcome, outcomes=scaled.shape[-1], shape=())
    if not np.isfinite(scaled).all():
        raise InvalidValueError("shares", "lie a finite number of liquidities apart", "more")
    others = _log_sum(np.delete(scaled, index, axis=-1))
    return others - scaled[..., index]
