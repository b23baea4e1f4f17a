"""How sure a difference of two means is: 95 % confidence intervals; pure.

Student's t is inverted from the incomplete beta function (Abramowitz and Stegun 26.7.1 and 26.5.27), and that
is a continued fraction (NIST DLMF 8.17.22). Welch's interval and its degrees of freedom: B. L. Welch, "The
generalization of Student's problem when several different population variances are involved", 1947.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95

_MANY_DEGREES = 10_000
"""From here on the first correction of the normal quantile is right to 7 digits, and the fraction is slow."""

_TERMS = 1000
"""About 300 are needed at ``_MANY_DEGREES``; few for a bench."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A sample in three numbers; ``sd`` is the sample's deviation, None or of no use for one value."""

    n: int
    mean: float
    sd: float | None

    @property
    def variance_of_mean(self) -> float | None:
        """None where one value says nothing about it."""
        return None if self.n < 2 or self.sd is None else self.sd**2 / self.n


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, in the unit of what it is an interval of."""

    low: float
    high: float


def t_quantile(degrees: float) -> float:
    """The t that 95 % of Student's distribution lie within, on both sides together.

    Args:
        degrees: of freedom, above 0; need not be whole.
    """
    if degrees > _MANY_DEGREES:
        z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
        return z + (z**3 + z) / (4 * degrees)  # Abramowitz and Stegun 26.7.5
    low, high = 0.0, 2.0
    while _outside(high, degrees) > 1 - CONFIDENCE:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if not low < middle < high or high - low < 1e-10 * high:
            return high
        if _outside(middle, degrees) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle


def relative_change(a: Spread, b: Spread) -> float | None:
    """The mean of B over that of A, less 1; None where A's is not above 0."""
    return b.mean / a.mean - 1 if a.mean > 0 else None


def relative_interval(a: Spread, b: Spread) -> Interval | None:
    """The interval of the relative change; None with fewer than two values on a side.

    By the delta method: to first order the ratio R of the means errs as (B - R A) / mean of A does, so it is
    Welch's interval with A's deviation times R, over the mean of A. The doubt about A counts too, unlike in
    the interval of the difference over A's mean.
    """
    change = relative_change(a, b)
    if change is None or (half := margin(a, b, 1 + change)) is None:
        return None
    return Interval(change - half / a.mean, change + half / a.mean)


def margin(a: Spread, b: Spread, scale: float = 1.0) -> float | None:
    """Half of Welch's interval of B - scale A; None with fewer than two values on a side."""
    of_a, of_b = a.variance_of_mean, b.variance_of_mean
    if of_a is None or of_b is None:
        return None
    of_a *= scale**2
    total = of_a + of_b
    if total == 0:
        return 0.0
    # in shares of the total, so that nothing very small is squared
    degrees = 1 / ((of_a / total) ** 2 / (a.n - 1) + (of_b / total) ** 2 / (b.n - 1))
    return t_quantile(degrees) * math.sqrt(total)


def _outside(t: float, degrees: float) -> float:
    """How likely Student's t is farther from 0 than ``t``."""
    return _beta(degrees / (degrees + t * t), degrees / 2, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        return 1 - _beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """DLMF 8.17.22 without its front, by Lentz's method."""
    value = c = 1.0
    d = 0.0
    for term in range(1, _TERMS):
        m, is_odd = divmod(term, 2)
        if is_odd:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + numerator * d)
        c = 1 + numerator / c
        value *= c * d
        if abs(c * d - 1) < 1e-14:
            return value
    raise ArithmeticError(f"the incomplete beta function did not converge at {x}, {a}, {b}")
