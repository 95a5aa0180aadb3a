"""celer (Massias, Gramfort, Salmon 2018) on one task (README.md): python3 celerSolver.py TASK"""

from exchange import Task, seconds

import celer as package

task = Task()
start = seconds()
x, y = task.load()
loaded = seconds()
if task.app == "lasso":
    x, y, scale, mean = task.standardised(x, y)
    # Its rule: gap <= tol * ||y||^2 / (2n).
    tol = task.tolerance * task.gapTarget * 2 * len(y) / (y @ y)
    model = package.Lasso(alpha=task.__dict__["lambda"], fit_intercept=False, tol=tol)
    warm = package.Lasso(alpha=10 * abs(x.T @ y).max() / len(y), fit_intercept=False)
else:
    y = (y == y.max()) * 2.0 - 1
    x, _, scale, mean = task.standardised(x, y)
    c = 1 / (task.__dict__["lambda"] * len(y))
    tol = task.tolerance * task.gapTarget
    model = package.LogisticRegression(C=c, fit_intercept=False, tol=tol)
    warm = package.LogisticRegression(C=1e-3 * c, fit_intercept=False)
# Compiles on first use, which is not what is timed.
warm.fit(x, y)
ready = seconds()
model.fit(x, y)
solved = seconds()
task.finish(model.coef_.ravel() / scale, loaded - start, solved - ready)
