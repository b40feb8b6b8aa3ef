"""Golden vectors of STL and MSTL by statsmodels, printed as JSON.

Run with Python 3.11, statsmodels 0.15.0, numpy 2.4.6:  python vectors.py > statsmodels.json
"""

import json
import sys

import numpy as np
import statsmodels
from statsmodels.tsa.seasonal import MSTL, STL


def odd(x):
    whole = int(np.ceil(x))
    return whole + 1 - whole % 2


def settings(period, window, degree, jumps):
    trend = odd(1.5 * period / (1 - 1.5 / window))
    low_pass = odd(period + 1)
    jump = (lambda width: -(-width // 10)) if jumps else (lambda width: 1)
    return dict(
        trend=trend, low_pass=low_pass, seasonal_deg=degree,
        seasonal_jump=jump(window), trend_jump=jump(trend), low_pass_jump=jump(low_pass),
    )


def stl(y, period, inner, outer, degree, jumps):
    model = STL(y, period=period, seasonal=11, robust=outer > 0,
                **settings(period, 11, degree, jumps))
    fit = model.fit(inner_iter=inner, outer_iter=outer)
    return dict(periods=[period], inner=inner, outer=outer, degree=degree, jumps=jumps,
                y=y.tolist(), trend=fit.trend.tolist(), seasons=[fit.seasonal.tolist()])


def mstl(y, periods, inner, degree):
    # Every step, so that one setting of the jumps serves all periods.
    fit = MSTL(y, periods=periods, windows=(11, 15), iterate=2, stl_kwargs=dict(
        seasonal_deg=degree, inner_iter=inner, outer_iter=0)).fit()
    return dict(periods=list(periods), inner=inner, outer=0, degree=degree, jumps=False,
                y=y.tolist(), trend=fit.trend.tolist(), seasons=fit.seasonal.T.tolist())


def main():
    rng = np.random.default_rng(7)
    t = np.arange(263)
    y = np.round(80 + 0.1 * t + 12 * np.sin(2 * np.pi * t / 12) + 3 * rng.normal(size=263), 6)
    spiky = y.copy()
    spiky[[40, 41, 150]] += [60, 80, -70]
    t2 = np.arange(300)
    two = np.round(50 + 8 * np.sin(2 * np.pi * t2 / 6) + 5 * np.cos(2 * np.pi * t2 / 42)
                   + rng.normal(size=300), 6)
    cases = [
        stl(y, 12, 2, 0, 0, True),
        stl(y, 12, 2, 0, 1, False),
        stl(spiky, 12, 1, 4, 1, True),
        stl(y[:25], 12, 2, 0, 0, True),
        mstl(two, (6, 42), 2, 0),
        mstl(two, (6, 42), 5, 1),
    ]
    json.dump(dict(statsmodels=statsmodels.__version__, numpy=np.__version__, cases=cases),
              sys.stdout)


main()
