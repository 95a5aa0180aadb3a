"""skglm (Bertrand et al. 2022) on one task (README.md): python3 skglmSolver.py TASK"""

from exchange import Task, seconds

import skglm as package

task = Task()
start = seconds()
x, y = task.load()
loaded = seconds()
x, y, scale, mean = task.standardised(x, y)
alpha = task.__dict__["lambda"]
# Its rule is on the violation of optimality, in units of the gradient; times |beta| it is a gap.
model = package.Lasso(alpha=alpha, fit_intercept=False, tol=task.tolerance * 1e-4 * alpha, max_iter=500)
warm = package.Lasso(alpha=1000 * alpha, fit_intercept=False)
# Compiles on first use, which is not what is timed.
warm.fit(x, y)
ready = seconds()
model.fit(x, y)
solved = seconds()
task.finish(model.coef_ / scale, loaded - start, solved - ready)
