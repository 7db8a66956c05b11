"""The maker's book of a market: whole cents for whole hundredths of a share, to the cent.

The formulas are those of `market`; here they are worked out to 120 digits and rounded once, always
in the maker's favour, so that no noise of binary arithmetic makes or takes a cent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.market import check_liquidity, opening_shares, shares_to_reach
from forecasts.domain.probability import check_number, check_prior
from forecasts.domain.proper_scores import check_outcome
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from forecasts.domain.probability import Floats

WIDEST = 100
"""How many times the liquidity the shares of a book may lie apart: a price of e⁻¹⁰⁰ is none."""

MOST = 2**53
"""How many hundredths no book comes to: the last that every number of shares can tell apart."""

_EXACT = Context(prec=120)
_NOISE = Decimal("1e-60")


@dataclass(frozen=True, slots=True)
class Book:
    """What a maker has sold of K outcomes since its market opened, in whole hundredths of a share.

    prior: (K,) opening prices, none 0. liquidity: b in points, more than 0. sold: (K,) hundredths,
    none at the opening unless given. A hundredth of what happened pays one cent.
    Raises InvalidValueError for a prior or a liquidity as `opening_shares` refuses them, for other
    than K whole numbers sold, each less than MOST, and where the shares lie more than 100
    liquidities apart. Source: our own, over `market`.

    >>> Book(prior=(0.5, 0.5), liquidity=100).sold
    (0, 0)
    """

    prior: tuple[float, ...]
    liquidity: float
    sold: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        vector = check_prior(self.prior)
        prior = tuple(check_prior(vector, outcomes=vector.shape[-1]).tolist())
        sold = self.sold or (0,) * len(prior)
        if len(sold) != len(prior) or not all(isinstance(number, int) for number in sold):
            raise InvalidValueError("sold", f"be {len(prior)} whole numbers of hundredths", sold)
        if max(map(abs, sold)) >= MOST:
            raise InvalidValueError("sold", f"be less than {MOST} hundredths", "more")
        object.__setattr__(self, "prior", prior)
        object.__setattr__(self, "liquidity", check_liquidity(self.liquidity))
        object.__setattr__(self, "sold", tuple(sold))
        width = np.ptp(self.shares) / self.liquidity
        if width > WIDEST:
            rule = f"lie within {WIDEST} times the liquidity of one another"
            raise InvalidValueError("The shares of a market", rule, f"{width:.6g} times")

    @property
    def shares(self) -> Floats:
        """The shares sold, (K,), those of the prior among them: what every formula takes.

        Source: as for `market.opening_shares`.
        """
        return opening_shares(self.prior, liquidity=self.liquidity) + np.divide(self.sold, 100)

    def after(self, hundredths: int, *, outcome: int) -> Book:
        """The book after so many hundredths of an outcome were sold too; negative: bought back.

        Raises InvalidValueError as `Book` does. Source: our own.
        """
        check_outcome(outcome, outcomes=len(self.sold), shape=())
        if not isinstance(hundredths, int):
            raise InvalidValueError("hundredths", "be whole", hundredths)
        sold = list(self.sold)
        sold[outcome] += hundredths
        return replace(self, sold=tuple(sold))


def charge(hundredths: int, *, outcome: int, book: Book) -> int:
    """The cents that a trade of so many hundredths of a share costs: its exact cost, rounded up.

    Exact is b ln(1 + p (e^(shares/b) − 1)), with p the price before: the difference in `cost`. A
    buyer pays its ceiling; a sale, of negative hundredths, gives the floor, as a negative charge.
    So nobody gains by going forth and back, and the maker never loses more than `worst_loss`. An
    amount that is a whole cent to 60 decimals is that cent. Who bets against one outcome of
    several buys as many of each other, which costs hundredths + charge(−hundredths).
    Raises InvalidValueError as `Book` does, for an outcome that is no index, and for a number
    that is not whole. Source: our own, over `market.cost`.

    >>> book = Book(prior=(0.5, 0.5), liquidity=100, sold=(0, 1000))
    >>> charge(2000, outcome=0, book=book), charge(-1000, outcome=1, book=book)
    (1000, -512)
    """
    book.after(hundredths, outcome=outcome)
    with localcontext(_EXACT):
        grown = 1 + _exact_price(book, outcome) * ((hundredths / _unit(book)).exp() - 1)
        return _whole(_unit(book) * grown.ln(), ROUND_CEILING)


def hundredths_for(cents: int, *, outcome: int, book: Book) -> int:
    """The most hundredths of an outcome that cost no more than so many cents, as `charge` counts.

    Negative cents are what a sale shall raise at least: minus the fewest hundredths that do.
    Raises InvalidValueError for cents that are not whole or more than 100 times the liquidity,
    and for a sale that shall raise b ln(1/(1 − price)) or more. Source: our own, over
    `market.shares_for`.

    >>> book = Book(prior=(0.5, 0.5), liquidity=100)
    >>> hundredths_for(5000, outcome=0, book=book), charge(8317, outcome=0, book=book)
    (8317, 5000)
    """
    check_outcome(outcome, outcomes=len(book.sold), shape=())
    if not isinstance(cents, int) or abs(cents) > WIDEST * 100 * book.liquidity:
        raise InvalidValueError("cents", f"be whole, up to {WIDEST} times the liquidity", cents)
    with localcontext(_EXACT):
        grown = 1 + ((cents / _unit(book)).exp() - 1) / _exact_price(book, outcome)
        if grown <= 0:
            raise InvalidValueError("cents", "be more than what selling without end raises", cents)
        return _whole(_unit(book) * grown.ln(), ROUND_FLOOR)


def hundredths_to_reach(price: float, *, outcome: int, book: Book) -> int:
    """The hundredths of an outcome that bring it as near to a price as can be without passing it.

    Negative, a sale, where the price is below the present one. Raises InvalidValueError as
    `shares_to_reach` does. Source: our own, over it.

    >>> hundredths_to_reach(0.6, outcome=0, book=Book(prior=(0.5, 0.5), liquidity=100))
    4054
    """
    target = check_number("price", price)
    needed = shares_to_reach(target, outcome=outcome, shares=book.shares, liquidity=book.liquidity)
    return math.trunc(100 * float(needed))


def _unit(book: Book) -> Decimal:
    """The liquidity in cents, exactly."""
    return 100 * Decimal(book.liquidity)


def _exact_price(book: Book, outcome: int) -> Decimal:
    top, unit = max(book.sold), _unit(book)
    terms = [
        Decimal(share) * ((sold - top) / unit).exp()
        for share, sold in zip(book.prior, book.sold, strict=True)
    ]
    return terms[outcome] / sum(terms)


def _whole(amount: Decimal, rounding: str) -> int:
    nearest = amount.to_integral_value()
    near = abs(amount - nearest) < _NOISE
    return int(nearest if near else amount.to_integral_value(rounding))
