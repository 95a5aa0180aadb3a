"""scikit-learn's Lasso on one task (README.md): python3 sklearnLasso.py TASK

Its own rule is a duality gap: gap <= tol * ||y||^2, y centred and not divided by n. Sparse columns
that must be centred go through its fit_intercept, which centres them implicitly.
"""

import numpy as np
import scipy.sparse
from exchange import Task, seconds
from sklearn.linear_model import Lasso

task = Task()
start = seconds()
x, y = task.load_source()
loaded = seconds()
x, y, scale, mean = task.standardised(x, y)
model = Lasso(
    alpha=task.__dict__["lambda"],
    fit_intercept=bool(task.intercept and scipy.sparse.issparse(x)),
    tol=task.tolerance * task.gapTarget * len(y) / (y @ y),
    max_iter=1_000_000,
    copy_X=False,
    selection="cyclic",
)
model.fit(x, y)
solved = seconds()
task.finish(model.coef_ / scale, loaded - start, solved - loaded)
