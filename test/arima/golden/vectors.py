"""Makes statsmodels.json: what statsmodels says of ARIMA series that are generated here by seed.

Renew with

    python3 -m venv build/golden
    build/golden/bin/pip install numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 statsmodels==0.15.0
    build/golden/bin/python test/arima/golden/vectors.py

(CPython 3.11; about two minutes.) The versions that ran are written into the JSON.

Convention of every case: w = (1 - B)^d (1 - B^s)^D y, and w - mu = sum ar (w - mu) + e + sum ma e
with the seasonal factors multiplied in; mu is the constant (mean at d = 0, drift at d = 1).

likelihood = "differenced": the exact Gaussian log-likelihood of w (stationary start), or, at
d + D = 0, of the observed part of y. SARIMAX(simple_differencing=True).

likelihood = "diffuse": y has gaps and d + D > 0. The integrated state space, whose d + s D
differencing states start exactly diffuse and whose ARMA states start stationary,
SARIMAX(simple_differencing=False, use_exact_diffuse=True) with loglikelihood_burn = 0.
statsmodels counts -log(2 pi)/2 for each of the d + s D observations that pin down the diffuse
states; they are given back here (logLikelihood = llf + (d + s D) log(2 pi) / 2), so that without
gaps the number is that of the differenced series. sigma2 is then divided by the number of
observations less d + s D.

"at" is evaluated at given parameters, "fitted" at statsmodels' optimum (best of several starts).
point and standardErrors are those of y[n + h], h = 1..30, on y's own scale, given all of y:
standard errors are those of the integrated filter, whose state is still uncertain at the end.
"""

import json
import platform
import warnings
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy.optimize import minimize
from scipy.signal import lfilter
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

HORIZON = 30
LOG_2PI = float(np.log(2 * np.pi))


def case(name, n, order, true, seasonal=None, constant=None, scale=1.0, gaps=(), level=0.0,
         exponent=0):
    """One case; `true` = (ar, ma, seasonalAr, seasonalMa) that generate it, sigma = scale.

    exponent: judged as it is, then everything is written for y times ten to this power.
    """
    ar, ma, seasonal_ar, seasonal_ma = true
    return dict(
        name=name, n=n, order=order, seasonal=seasonal, scale=scale, gaps=gaps, level=level,
        exponent=exponent,
        mu=constant, ar=ar, ma=ma, seasonalAr=seasonal_ar, seasonalMa=seasonal_ma,
    )


ALTERNATE = tuple(range(20, 60, 2))
SCATTERED = (3, 4, 17, 18, 19, 31, 50, 71, 72, 73, 74, 75, 76, 77, 90, 101)
CASES = [
    case("white noise with mean", 80, (0, 0, 0), ([], [], [], []), constant=50.0),
    case("AR(1)", 120, (1, 0, 0), ([0.7], [], [], [])),
    case("AR(2) with complex roots", 200, (2, 0, 0), ([1.5, -0.8], [], [], [])),
    case("MA(1) near 0.9", 100, (0, 0, 1), ([], [0.9], [], [])),
    case("MA(2)", 150, (0, 0, 2), ([], [0.6, -0.3], [], [])),
    case("ARMA(1,1) with mean", 150, (1, 0, 1), ([0.8], [0.4], [], []), constant=100.0),
    case("ARMA(2,2)", 300, (2, 0, 2), ([1.2, -0.6], [0.5, 0.3], [], [])),
    case("ARMA(5,5)", 400, (5, 0, 5),
         ([0.5, -0.3, 0.2, -0.2, 0.4], [0.4, 0.3, -0.2, 0.1, 0.5], [], [])),
    case("AR(1) near the unit root with mean", 250, (1, 0, 0), ([0.98], [], [], []),
         constant=1000.0, scale=20.0),
    case("random walk with drift", 90, (0, 1, 0), ([], [], [], []), constant=0.3, level=40.0),
    case("ARIMA(0,1,1)", 60, (0, 1, 1), ([], [-0.5], [], []), level=20.0),
    case("ARIMA(1,1,1)", 200, (1, 1, 1), ([0.6], [0.3], [], []), level=500.0, scale=5.0),
    case("ARIMA(1,1,1) with drift", 250, (1, 1, 1), ([0.5], [-0.3], [], []), constant=0.8),
    case("ARIMA(2,2,1)", 180, (2, 2, 1), ([0.4, -0.2], [-0.6], [], []), level=100.0),
    case("SARIMA(1,0,0)(1,0,0)12 with mean", 144, (1, 0, 0), ([0.5], [], [0.6], []),
         seasonal=(1, 0, 0, 12), constant=200.0, scale=10.0),
    case("SARIMA(0,1,1)(0,1,1)12", 144, (0, 1, 1), ([], [-0.4], [], [-0.6]),
         seasonal=(0, 1, 1, 12), level=100.0),
    case("SARIMA(1,1,1)(0,1,1)24", 240, (1, 1, 1), ([0.5], [-0.2], [], [-0.5]),
         seasonal=(0, 1, 1, 24), level=300.0, scale=4.0),
    case("SARIMA(1,0,1)(2,0,0)12 with mean", 240, (1, 0, 1), ([0.6], [0.3], [0.4, 0.3], []),
         seasonal=(2, 0, 0, 12), constant=30.0),
    case("SARIMA(0,1,1)(2,0,1)7", 210, (0, 1, 1), ([], [-0.4], [0.5, 0.2], [-0.3]),
         seasonal=(2, 0, 1, 7), level=60.0),
    case("SARIMA(1,0,0)(0,1,2)6 with drift", 180, (1, 0, 0), ([0.4], [], [], [-0.5, 0.2]),
         seasonal=(0, 1, 2, 6), constant=0.5, level=60.0),
    case("tiny ARMA(1,1) with mean", 100, (1, 0, 1), ([0.6], [0.3], [], []),
         constant=2.0, exponent=-9),  # statsmodels takes variances under 1e-12 for 0
    case("big ARIMA(0,1,1) with drift", 120, (0, 1, 1), ([], [0.4], [], []),
         constant=1e11, scale=1e12, level=5e13),
    case("gaps: AR(1) with mean", 120, (1, 0, 0), ([0.8], [], [], []),
         constant=50.0, gaps=SCATTERED),
    case("gaps: ARMA(2,1) ending in a hole", 160, (2, 0, 1), ([1.2, -0.6], [0.4], [], []),
         gaps=ALTERNATE + (157, 158, 159)),
    case("gaps: SARIMA(1,0,0)(1,0,0)12 with mean", 144, (1, 0, 0), ([0.5], [], [0.6], []),
         seasonal=(1, 0, 0, 12), constant=80.0, gaps=SCATTERED),
    case("gaps: ARIMA(0,1,1)", 120, (0, 1, 1), ([], [-0.5], [], []),
         level=20.0, gaps=SCATTERED),
    case("gaps: ARIMA(1,1,1) with drift, first value missing", 150, (1, 1, 1),
         ([0.6], [0.3], [], []), constant=0.5, gaps=(0, 1) + SCATTERED + (149,)),
    case("gaps: ARIMA(0,2,1)", 100, (0, 2, 1), ([], [-0.6], [], []),
         level=20.0, gaps=(1, 5, 6, 40, 41, 42, 98)),
    case("gaps: SARIMA(0,1,1)(0,1,1)12", 132, (0, 1, 1), ([], [-0.4], [], [-0.6]),
         seasonal=(0, 1, 1, 12), level=100.0, gaps=SCATTERED),
]


def seasonal_polynomial(coefficients, sign, lag):
    polynomial = np.zeros(len(coefficients) * lag + 1)
    polynomial[0] = 1
    polynomial[lag::lag] = sign * np.asarray(coefficients)
    return polynomial


def polynomials(spec, values):
    """phi(B) Phi(B^s), theta(B) Theta(B^s) and (1-B)^d (1-B^s)^D, constant term first."""
    s = spec["seasonal"][3] if spec["seasonal"] else 1
    ar = np.polymul(seasonal_polynomial(values["ar"], -1, 1),
                    seasonal_polynomial(values["seasonalAr"], -1, s))
    ma = np.polymul(seasonal_polynomial(values["ma"], 1, 1),
                    seasonal_polynomial(values["seasonalMa"], 1, s))
    difference = np.ones(1)
    for _ in range(spec["order"][1]):
        difference = np.polymul(difference, [1, -1])
    for _ in range(spec["seasonal"][1] if spec["seasonal"] else 0):
        difference = np.polymul(difference, seasonal_polynomial([1], -1, s))
    return ar, ma, difference


def generate(spec, seed):
    """y with 6 significant digits, NaN = missing."""
    rng = np.random.default_rng(seed)
    ar, ma, difference = polynomials(spec, spec)
    burn = 300
    w = lfilter(ma, ar, rng.normal(0, spec["scale"], spec["n"] + burn))[burn:]
    y = lfilter([1.0], difference, w + (spec["mu"] or 0))
    if spec["seasonal"] and spec["seasonal"][1]:
        s = spec["seasonal"][3]
        y += 10 * spec["scale"] * np.sin(2 * np.pi * np.arange(spec["n"]) / s)
    y = np.array([float(f"{value:.6g}") for value in y + spec["level"]])
    y[list(spec["gaps"])] = np.nan
    return y


class Judge:
    """statsmodels' model of one case: [mu / sd] ar ma seasonalAr seasonalMa [sigma2]."""

    def __init__(self, spec, y):
        self.spec, self.y = spec, y
        self.seasonal = spec["seasonal"] or (0, 0, 0, 0)
        d, capital_d, s = spec["order"][1], self.seasonal[1], self.seasonal[3]
        self.lost = d + capital_d * s
        self.diffuse = bool(spec["gaps"]) and self.lost > 0
        self.has_constant = spec["mu"] is not None
        differenced = np.convolve(y, polynomials(spec, spec)[2], mode="valid")
        self.unit = float(np.nanstd(differenced)) if self.has_constant else 1.0

    def trend(self, first, last):
        """A column whose (1-B)^d (1-B^s)^D is `unit`: the constant as a regression."""
        if not self.has_constant:
            return None
        t = np.arange(first, last, dtype=float)
        d, capital_d, s = self.spec["order"][1], self.seasonal[1], self.seasonal[3]
        if d + capital_d > 1:
            raise ValueError("a constant needs d + D <= 1")
        return self.unit * (t if d else t / s if capital_d else np.ones_like(t))

    def model(self, concentrate, simple):
        model = SARIMAX(
            self.y, exog=self.trend(0, len(self.y)), order=self.spec["order"],
            seasonal_order=self.seasonal, simple_differencing=simple,
            concentrate_scale=concentrate, use_exact_diffuse=not simple and self.lost > 0,
        )
        model.ssm.tolerance = 0  # no steady-state shortcut: every step exact
        return model

    def vector(self, values, with_sigma2):
        constant = [values["constant"] / self.unit] if self.has_constant else []
        rest = [*values["ar"], *values["ma"], *values["seasonalAr"], *values["seasonalMa"]]
        return np.array(constant + rest + ([values["sigma2"]] if with_sigma2 else []))

    def named(self, vector):
        vector = [float(x) for x in vector]
        constant = vector.pop(0) * self.unit if self.has_constant else 0.0
        parts = {}
        for name, size in zip(
            ("ar", "ma", "seasonalAr", "seasonalMa"),
            (self.spec["order"][0], self.spec["order"][2], self.seasonal[0], self.seasonal[2]),
        ):
            parts[name], vector = vector[:size], vector[size:]
        return parts | {"constant": constant}

    def evaluate(self, values):
        """log-likelihood and forecasts of y at these parameters."""
        vector = self.vector(values, True)
        result = self.model(False, not self.diffuse).smooth(vector, cov_type="none")
        log_likelihood = result.llf + (self.lost * LOG_2PI / 2 if self.diffuse else 0)
        n = len(self.y)
        exog = self.trend(n, n + HORIZON)
        integrated = self.model(False, False).smooth(vector, cov_type="none")
        filtered = integrated.get_forecast(HORIZON, exog=exog)
        if self.spec["gaps"]:
            point, errors = filtered.predicted_mean, filtered.se_mean
        else:
            point, errors = self.integrate(result, values), filtered.se_mean
            spread = np.std(self.y)
            exact = filtered.predicted_mean
            np.testing.assert_allclose(point, exact, rtol=1e-6, atol=1e-6 * spread)
            lag = self.lost * LOG_2PI / 2
            np.testing.assert_allclose(integrated.llf + lag, result.llf, rtol=1e-8)
        return values | {
            "logLikelihood": float(log_likelihood),
            "point": [float(x) for x in point],
            "standardErrors": [float(x) for x in errors],
        }

    def integrate(self, result, values):
        """Forecasts of w (plus mu) brought back through the differencing polynomial."""
        n = len(self.y)
        w = result.forecast(HORIZON, exog=self.trend(n, n + HORIZON))
        _, _, difference = polynomials(self.spec, values)
        path = list(self.y)
        for h in range(HORIZON):
            path.append(w[h] - sum(c * path[-k] for k, c in enumerate(difference) if k > 0))
        return path[len(self.y):]

    def fit(self, truth):
        """The best of several starts, each by BFGS, Nelder-Mead and BFGS again."""
        model = self.model(True, not self.diffuse)
        rng = np.random.default_rng(1)

        def loss(u):
            value = -model.loglike(model.transform_params(u))
            return value if np.isfinite(value) else 1e10

        first = model.untransform_params(self.vector(truth, False))
        starts = [first, np.zeros_like(first), model.untransform_params(model.start_params)]
        starts[1][: int(self.has_constant)] = first[: int(self.has_constant)]
        orders = len(first)
        starts += [first + rng.normal(0, 0.5, orders) for _ in range(2 if orders < 6 else 8)]
        best = None
        for start in starts if orders else []:
            found = minimize(loss, start, method="BFGS", options={"gtol": 1e-6})
            if best is None or found.fun < best.fun:
                best = found
        for method, options in (
            ("Nelder-Mead", {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000}),
            ("BFGS", {"gtol": 1e-9}),
        ):
            if orders:
                polished = minimize(loss, best.x, method=method, options=options)
                best = polished if polished.fun < best.fun else best
        for i in range(orders):
            for step in (-1e-3, 1e-3):
                if loss(best.x + step * np.eye(orders)[i]) < best.fun - 1e-9:
                    raise AssertionError(f"{self.spec['name']}: a neighbour is better")
        vector = model.transform_params(best.x) if orders else first
        sigma2 = float(model.smooth(vector, cov_type="none").scale)
        return self.evaluate(self.named(vector) | {"sigma2": sigma2})


def rounded(values):
    """Shorter JSON: 12 significant digits for forecasts, all digits for the rest."""
    short = lambda xs: [float(f"{x:.12g}") for x in xs]
    return values | {k: short(values[k]) for k in ("point", "standardErrors")}


def moved(spec, values, count):
    """The same judgement of y times ten to the case's exponent; count = densities multiplied."""
    power = spec["exponent"]
    times = lambda x, exponent=power: x * 10.0**exponent
    return values | {
        "constant": times(values["constant"]),
        "sigma2": times(values["sigma2"], 2 * power),
        "logLikelihood": values["logLikelihood"] - count * power * float(np.log(10)),
        "point": [times(x) for x in values["point"]],
        "standardErrors": [times(x) for x in values["standardErrors"]],
    }


def judged(spec, seed):
    y = generate(spec, seed)
    judge = Judge(spec, y)
    truth = {k: spec[k] for k in ("ar", "ma", "seasonalAr", "seasonalMa")} | {
        "constant": spec["mu"] if spec["mu"] is not None else 0.0,
        "sigma2": 1.1 * spec["scale"] ** 2,
    }
    at, fitted = judge.evaluate(truth), judge.fit(truth)
    if fitted["logLikelihood"] < at["logLikelihood"]:
        raise AssertionError(f"{spec['name']}: the optimum is below the truth")
    print(f"{spec['name']:55s} at {at['logLikelihood']:.6f} fitted {fitted['logLikelihood']:.6f}")
    count = int(np.sum(~np.isnan(y))) - judge.lost
    return {
        "name": spec["name"],
        "y": [None if np.isnan(x) else float(f"{x * 10.0 ** spec['exponent']:.6g}") for x in y],
        "order": list(spec["order"]),
        "seasonal": list(spec["seasonal"]) if spec["seasonal"] else None,
        "constant": "on" if judge.has_constant else "none",
        "likelihood": "diffuse" if judge.diffuse else "differenced",
        "at": moved(spec, rounded(at), count),
        "fitted": moved(spec, rounded(fitted), count),
    }


def kpss_vectors():
    """KPSS level statistics at 12 (n/100)^(1/4) lags, at statsmodels' automatic ones and at 0."""
    rng = np.random.default_rng(7)
    series = [
        ("white noise", rng.normal(10, 2, 100)),
        ("AR(1)", lfilter([1.0], [1, -0.8], rng.normal(0, 1, 240))),
        ("random walk", np.cumsum(rng.normal(0, 1, 300))),
    ]
    vectors = []
    for name, values in series:
        y = np.array([float(f"{x:.6g}") for x in values])
        for lags in (int(12 * (len(y) / 100) ** 0.25), "auto", 0):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                statistic, _, used, _ = kpss(y, regression="c", nlags=lags)
            vectors.append({"name": name, "y": y.tolist(), "lags": int(used),
                            "rule": lags if isinstance(lags, str) else "given",
                            "statistic": float(statistic)})
    return vectors


def main():
    warnings.simplefilter("ignore")
    cases = [judged(spec, 1000 + i) for i, spec in enumerate(CASES)]
    golden = {
        "versions": {
            "python": platform.python_version(), "numpy": np.__version__,
            "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
        },
        "horizon": HORIZON,
        "cases": cases,
        "kpss": kpss_vectors(),
    }
    target = Path(__file__).with_name("statsmodels.json")
    text = json.dumps(golden, separators=(",", ":"))
    target.write_text(text.replace('{"name"', '\n{"name"') + "\n")
    print(f"{len(cases)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
