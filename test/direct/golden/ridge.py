"""The model `direct` in numpy, made from its description and not from its code.

Every solution is a least squares problem of its own over all rows: the standardised rows, scaled by
the roots of their weights, above √(0.01 · Σ weights) · I (Hoerl & Kennard 1970), by SVD. Prints
the forecasts of series that a linear congruential generator makes.

    python3 test/direct/golden/ridge.py > test/direct/golden/numpy.json

Made with Python 3.11 and numpy 2.4.6.
"""

import json

import numpy as np

LAGS, LEVEL, LONGER, SHARE = 6, 24, 60, 0.02
CASES = [
    dict(seed=1, n=150, step=3600, day=24, days=3, week=0, horizon=12),
    dict(seed=2, n=190, step=7200, day=12, days=3, week=84, horizon=14),
    dict(seed=3, n=240, step=25200, day=0, days=0, week=0, horizon=9),
]
LAST_STEP = 300_000


def series(seed, n, day):
    state, out = seed, []
    for i in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(200 + 5 * (i % (day or 10)) + (state % 1000) / 20)
        if state % 50 == 0:
            out[-1] += 300
    return np.array(out)


def features(y, t, h, case):
    day = case["day"]
    half = max(1, round(day / 96))
    clip = lambda i: min(max(i, 0), t)

    def back(i, lag):
        while i - lag < 0 and lag > day:
            lag -= day
        return i - lag

    row = [y[clip(t - j)] for j in range(LAGS)] + [y[max(0, t - LONGER + 1) : t + 1].mean()]
    for lag in [day * (k + 1) for k in range(case["days"])] + [case["week"]] * (case["week"] > 0):
        there = clip(back(t + h, -(-h // lag) * lag))
        smooth = y[there]
        if there >= half and there + half <= t:
            smooth = y[there - half : there + half + 1].mean()
        row += [y[clip(back(t, lag))], y[there], smooth]
    level = y[max(0, t - LEVEL + 1) : t + 1].mean()
    return np.array(row) - level, level


def ridge(X, target, weights):
    total = weights.sum()
    centre, middle = weights @ X / total, weights @ target / total
    spread = np.sqrt(weights @ (X - centre) ** 2 / total)
    used = spread**2 > 1e-12 * (weights @ X**2 / total)
    Z = (X - centre)[:, used] / spread[used]
    root = np.sqrt(weights)[:, None]
    A = np.vstack([root * Z, np.sqrt(0.01 * total) * np.eye(Z.shape[1])])
    b = np.concatenate([root[:, 0] * (target - middle), np.zeros(Z.shape[1])])
    slopes = np.zeros(X.shape[1])
    slopes[used] = np.linalg.lstsq(A, b, rcond=None)[0] / spread[used]
    return np.concatenate([[middle - slopes @ centre], slopes])


def forecast(case):
    y = series(case["seed"], case["n"], case["day"])
    scale = np.abs(y).max()
    y = y / scale
    n, day, horizon = case["n"], case["day"], case["horizon"]
    start = LAST_STEP - n + 1
    period = max(1, day // 12) if day else 64
    keep = np.exp(-period / (10 * day)) if day else 1.0
    begin = max(day, 2 * LAGS)
    ends = sorted({round(np.exp(k / 4 * np.log(horizon))) for k in range(5)})
    point = np.zeros(horizon)
    for first, last in zip([1] + [e + 1 for e in ends], ends):
        m = min(3, last - first + 1)
        steps = [first + k * (last - first) // max(1, m - 1) for k in range(m)]
        rows, targets, taken, weights = [], [], [], []
        fit, usual, robust, due = None, 0.0, False, int(1.5 * begin)

        def error(x, z):
            return abs(z - (fit[0] + fit[1:] @ x if fit is not None else 0.0))

        def weight(e, limit):
            return limit / e if limit > 0 and e > limit else 1.0

        def reweigh(end):
            multiples = np.array([j for j in range(end) if (start + j) % period == 0])
            age = [np.sum(multiples >= j) for j in taken]
            fresh = [weight(error(x, z), usual) for x, z in zip(rows, targets)]
            return [w * keep**a for w, a in zip(fresh, age)]

        def solve():
            return ridge(np.array(rows), np.array(targets), np.array(weights)) if rows else None

        for i in range(n):
            limit = usual
            for h in steps:
                if i - h < begin:
                    continue
                x, level = features(y, i - h, h, case)
                e = error(x, y[i] - level)
                rows.append(x)
                targets.append(y[i] - level)
                taken.append(i)
                weights.append(weight(e, limit) if robust else 1.0)
                usual = usual + SHARE * (min(e, 3 * usual) - usual) if usual > 0 else e
            if (start + i) % period:
                continue
            fit = solve()
            weights = [w * keep for w in weights]
            if i + 1 >= due:
                due, robust = int(1.5 * (i + 1)), True
                weights = reweigh(i + 1)
                fit = solve()
        for _ in range(2):
            weights = reweigh(n)
            fit = solve()
        for h in range(first, last + 1):
            x, level = features(y, n - 1, h, case)
            point[h - 1] = scale * (level + fit[0] + fit[1:] @ x)
    return [round(value, 9) for value in point]


print(json.dumps([{**case, "point": forecast(case)} for case in CASES], indent=1))
