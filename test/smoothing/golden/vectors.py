"""Makes vectors.json: what statsmodels and statsforecast say of series generated here by seed.

Renew with

    python3 -m venv build/golden
    build/golden/bin/pip install numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 \
        statsmodels==0.15.0 statsforecast==2.1.1
    build/golden/bin/python test/smoothing/golden/vectors.py

(CPython 3.11; about two minutes.) The versions that ran are written into the JSON.

ets: one case for each admissible form (error, trend, season; "d" = damped). "at": statsmodels'
ETSModel at given parameters; seasonal lists the initial seasons in the order of time; beta and
gamma are those of the state space form (a multiplicative season there is smoothed by y over the
new level, not over the old one as in Hyndman et al. 2008, table 2.3: the tests leave it out).
"fitted": the likelihood at its optimum, initial states
estimated. "forecastLibrary": statsforecast's ets_f for the same form, its parameters, its
log-likelihood with statsmodels' constant added, forecasts and standard errors. Where the library
departs from Hyndman et al. (2008) there is null: its damped forecasts add phi twice and never
phi^2, its variances of an additive season take the last step's number of seasons for every step,
that of MAA multiplies alpha by beta, and those of a multiplicative season mix up their state.
"simulated": standard errors of 200,000 paths of the model "at", drawn here.

theta: statsforecast's auto_theta, DOTM and OTM, at given parameters and fitted.

intermittent: statsforecast's TSB, Croston and SBA; smoothing starts at the first demand, the first
interval and whether the first step has a demand.
"""

import json
import platform
import warnings
from pathlib import Path

import numpy as np
import pandas
import scipy
import statsforecast
import statsmodels
from scipy.stats import norm
from statsforecast.ets import ets_f, forecast_ets
from statsforecast.models import _croston_classic, _croston_sba, _tsb
from statsforecast.theta import auto_theta, forecast_theta
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.simplefilter("ignore")
HORIZON = 20
M = 6
N = 120
FORMS = [
    ("A", "N", "N"), ("A", "A", "N"), ("A", "Ad", "N"),
    ("A", "N", "A"), ("A", "A", "A"), ("A", "Ad", "A"),
    ("M", "N", "N"), ("M", "A", "N"), ("M", "Ad", "N"),
    ("M", "N", "A"), ("M", "A", "A"), ("M", "Ad", "A"),
    ("M", "N", "M"), ("M", "A", "M"), ("M", "Ad", "M"),
]


def rounded(values):
    return [float(v) for v in np.asarray(values, dtype=float)]


def series(form, seed):
    """Simulated from the form itself: relative errors of 5 %, or absolute ones of 5."""
    error, trend, season = form
    rng = np.random.default_rng(seed)
    alpha, beta, gamma, phi = 0.4, 0.05, 0.2, 0.9 if trend == "Ad" else 1.0
    level, slope = 100.0, 0.5 if trend != "N" else 0.0
    shape = np.array([1.2, 1.4, 1.0, 0.8, 0.7, 0.9])
    seasons = list(shape if season == "M" else 100 * (shape - 1) if season == "A" else np.zeros(M))
    y = []
    for t in range(N):
        base = level + phi * slope
        s = seasons[t] if season != "N" else 0.0
        mu = base * s if season == "M" else base + s
        e = rng.normal() * (0.05 * mu if error == "M" else 5.0)
        y.append(mu + e)
        unit = s if season == "M" else 1.0
        level = base + alpha * e / unit
        slope = phi * slope + (beta * e / unit if trend != "N" else 0.0)
        seasons.append(s + gamma * e / (base if season == "M" else 1.0))
    return np.round(np.array(y), 4)


def ets_case(form, seed):
    error, trend, season = form
    y = series(form, seed)
    names = {"A": "add", "M": "mul", "N": None, "Ad": "add"}
    model = ETSModel(
        pandas.Series(y), error=names[error], trend=names[trend], damped_trend=trend == "Ad",
        seasonal=names[season], seasonal_periods=M if season != "N" else None,
        initialization_method="estimated",
    )
    at = {"alpha": 0.35, "beta": 0.07 if trend != "N" else 0.0,
          "gamma": 0.15 if season != "N" else 0.0, "phi": 0.93 if trend == "Ad" else 1.0,
          "level": 97.0, "slope": 0.8 if trend != "N" else 0.0,
          "seasonal": [] if season == "N" else
          [1.15, 1.35, 1.02, 0.83, 0.72, 0.93] if season == "M" else
          [14.0, 38.0, 3.0, -19.0, -27.0, -9.0]}
    given = {"smoothing_level": at["alpha"], "smoothing_trend": at["beta"],
             "smoothing_seasonal": at["gamma"], "damping_trend": at["phi"],
             "initial_level": at["level"], "initial_trend": at["slope"]}
    # initial_seasonal.0 is s_{-1}: the last one in the order of time.
    given |= {f"initial_seasonal.{i}": s for i, s in enumerate(reversed(at["seasonal"]))}
    smoothed = model.smooth([given[name] for name in model.param_names])
    variance = smoothed.get_prediction(start=N, end=N + HORIZON - 1).forecast_variance \
        if error == "A" else None
    at |= {"logLikelihood": float(smoothed.llf), "errors": rounded(smoothed.resid),
           "point": rounded(smoothed.forecast(HORIZON)),
           "standardErrors": None if variance is None else rounded(np.sqrt(variance)),
           "simulated": simulated(form, at, y)}
    fit = model.fit(disp=False, maxiter=5000)
    return {"name": ",".join(form), "form": list(form), "y": rounded(y), "at": at,
            "fitted": {"logLikelihood": float(fit.llf), "point": rounded(fit.forecast(HORIZON))},
            "forecastLibrary": library_case(form, y)}


def step(form, at, states, y, e=None):
    """Takes the states one step on, by an observed y or by drawn errors e (relative, or not)."""
    error, _, season = form
    level, slope, seasons = states
    base = level + at["phi"] * slope
    s = seasons[0] if season != "N" else 0.0
    mu = base * s if season == "M" else base + s
    if e is None:
        e = (y - mu) / mu if error == "M" else y - mu
    raw = e * mu if error == "M" else e
    value = mu + raw
    unit = s if season == "M" else 1.0
    grown = at["phi"] * slope + at["beta"] * raw / unit
    s = s + at["gamma"] * raw / (base if season == "M" else 1.0)
    return value, e, (base + at["alpha"] * raw / unit, grown, [*seasons[1:], s])


def simulated(form, at, y, paths=200_000):
    """With the standard deviation 0.05 of relative errors, and 5 of others."""
    states = (at["level"], at["slope"], at["seasonal"])
    for value in y:
        _, _, states = step(form, at, states, value)
    rng = np.random.default_rng(1)
    level, slope, seasons = states
    states = (np.full(paths, level), np.full(paths, slope),
              [np.full(paths, s) for s in seasons])
    deviations = []
    for _ in range(HORIZON):
        e = rng.normal(0, 0.05 if form[0] == "M" else 5.0, paths)
        values, _, states = step(form, at, states, None, e)
        deviations.append(values.std())
    return rounded(deviations)


def library_case(form, y):
    error, trend, season = form
    fit = ets_f(y, m=M if season != "N" else 1, model=error + trend[0] + season,
                damped=trend == "Ad")
    level = 68.26894921370859
    answer = forecast_ets(fit, h=HORIZON, level=[level])
    par = fit["par"]
    # par: alpha, beta, gamma, phi, level, (slope), seasons newest first.
    states = list(par[4:])
    slope = states[1] if trend != "N" else 0.0
    seasonal = states[1 + (trend != "N"):] if season != "N" else []
    z = norm.ppf(0.5 + level / 200)
    upper = np.asarray(answer[f"hi-{level}"])
    n = len(y)
    return {
        "alpha": float(par[0]), "beta": 0.0 if trend == "N" else float(par[1]),
        "gamma": 0.0 if season == "N" else float(par[2]),
        "phi": float(par[3]) if trend == "Ad" else 1.0,
        "level": float(states[0]), "slope": float(slope),
        "seasonal": rounded(list(reversed(seasonal))),
        "sigma2": float(fit["sigma2"]), "aicc": float(fit["aicc"]),
        "logLikelihood": float(fit["loglik"]) - n / 2 * (np.log(2 * np.pi) + 1 - np.log(n)),
        "point": None if trend == "Ad" else rounded(answer["mean"]),
        "standardErrors": None
        if season == "M" or (error == "A" and season == "A") or form == ("M", "A", "A")
        or (error == "M" and trend == "Ad") else rounded((upper - answer["mean"]) / z),
    }


def theta_case(name, y, m=1):
    cases = []
    for kind in ("DOTM", "OTM"):
        at = {"alpha": 0.4, "theta": 3.0, "level": float(y[0] * 0.6)}
        fixed = auto_theta(y, 1, model=kind, initial_smoothed=at["level"], alpha=at["alpha"],
                           theta=at["theta"])
        fit = auto_theta(y, m, model=kind)
        par = fit["par"]
        cases.append({
            "name": f"{kind}, {name}", "kind": kind, "y": rounded(y), "seasonLength": m,
            "at": at | {"point": rounded(forecast_theta(fixed, HORIZON)["mean"]),
                        "squares": float(np.sum(fixed["residuals"][3:] ** 2))},
            "fitted": {"alpha": float(par["alpha"]), "theta": float(par["theta"]),
                       "squares": None if fit.get("decompose", False)
                       else float(np.sum(fit["residuals"][3:] ** 2)),
                       "seasonal": bool(fit.get("decompose", False)),
                       "point": rounded(forecast_theta(fit, HORIZON)["mean"])},
        })
    return cases


def theta_cases():
    rng = np.random.default_rng(5)
    t = np.arange(150)
    walk = 200 + 0.4 * t + np.cumsum(rng.normal(0, 2, 150))
    noisy = 50 + 0.1 * t + rng.normal(0, 3, 150)
    shape = np.tile([1.3, 1.1, 0.9, 0.7, 0.8, 1.2], 25)
    return [*theta_case("walk", np.round(walk, 3)), *theta_case("noise", np.round(noisy, 3)),
            *theta_case("season", np.round(noisy * shape, 3), m=6),
            *theta_case("additive season", np.round((noisy - 55) + 40 * shape, 3), m=6)]


def intermittent_cases():
    rng = np.random.default_rng(9)
    cases = []
    for share in (0.1, 0.35, 0.8):
        y = np.where(rng.random(200) < share, rng.integers(1, 20, 200), 0).astype(float)
        y[3] = 4.0
        demands = y[y > 0]
        cases.append({
            "y": rounded(y), "firstSize": float(demands[0]), "firstProbability": float(y[0] > 0),
            "firstInterval": float(np.argmax(y > 0) + 1),
            "tsb": float(_tsb(y, 1, False, 0.2, 0.1)["mean"][0]),
            "croston": float(_croston_classic(y, 1, False)["mean"][0]),
            "sba": float(_croston_sba(y, 1, False)["mean"][0]),
        })
    return cases


def main():
    out = {
        "versions": {"python": platform.python_version(), "numpy": np.__version__,
                     "scipy": scipy.__version__, "pandas": pandas.__version__,
                     "statsmodels": statsmodels.__version__,
                     "statsforecast": statsforecast.__version__},
        "horizon": HORIZON, "seasonLength": M,
        "ets": [ets_case(form, 100 + i) for i, form in enumerate(FORMS)],
        "theta": theta_cases(),
        "intermittent": intermittent_cases(),
    }
    path = Path(__file__).with_name("vectors.json")
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


main()
