"""skglm (Bertrand et al. 2022) on one task (README.md): python3 skglmSolver.py TASK

It stops when no gradient violates optimality by more than tol; times |beta|_1 that is about a gap.
"""

import numpy as np
from exchange import Task, seconds, some_columns
from skglm import Lasso, SparseLogisticRegression

task = Task()
start = seconds()
x, y = task.load()
x, centred, scale = task.prepared(x, y)
tol = task.tolerance * task.penalty
if task.app == "lasso":
    y = centred

    def solver():
        intercept = task.fits_intercept
        return Lasso(alpha=task.penalty, fit_intercept=intercept, tol=tol, max_iter=1000)
else:
    y = np.where(y == y.max(), 1.0, -1.0)

    def solver():
        return SparseLogisticRegression(
            alpha=task.penalty, fit_intercept=False, tol=tol, max_iter=1000
        )
loaded = seconds()
# Compiles on first use, which is not what is timed: the same types, options and loops.
solver().fit(some_columns(x), y)
model = solver()
ready = seconds()
model.fit(x, y)
solved = seconds()
task.finish(model.coef_.ravel() / scale, loaded - start, solved - ready)
