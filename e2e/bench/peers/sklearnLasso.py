"""scikit-learn's Lasso on one task (README.md): python3 sklearnLasso.py TASK

Its own rule is a duality gap: gap <= tol * ||y||^2, y centred and not divided by n.
"""

import sklearn.datasets  # what load_source needs, loaded before the clock starts
from exchange import Task, seconds
from sklearn.linear_model import Lasso

task = Task()
start = seconds()
x, y = task.load_source()
x, y, scale = task.prepared(x, y)
loaded = seconds()
model = Lasso(
    alpha=task.penalty,
    fit_intercept=task.fits_intercept,
    tol=task.tolerance * task.gapTarget * len(y) / (y @ y),
    max_iter=1_000_000,
    copy_X=False,
    selection="cyclic",
)
model.fit(x, y)
solved = seconds()
task.finish(model.coef_ / scale, loaded - start, solved - loaded)
