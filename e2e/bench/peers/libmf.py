"""libmf (Chin et al. 2015) on one task (README.md): python3 libmf.py TASK

Stochastic gradients with per-coordinate rates, real-valued loss, factors of both sides penalised once a
rating. λ is tuned for every set on its test ratings, to libmf's favour. Generated ones at K = 32: of 0.02,
0.03, 0.05 and 0.1 the second gives the lowest error (1.0658 at 10^7 ratings) and the fewest epochs to it.
MovieTweetings: of 0.03, 0.05, 0.1, 0.2 and 0.3 it is 0.2 (1.672, at the 15th epoch; 0.03 has 1.732).

mf-train prints the error on the test ratings after every epoch, by Shoal's formula; a line's time is that
of its arrival. When it began is not seen, as the head of its table comes along with the first epoch's
line: that one is taken to last as long as the median of the others, and all before it (reading, shuffling
and cutting the ratings) is counted as reading, to its favour. Looking at the test ratings is counted.
"""

import csv
import gzip
import os
import statistics
import subprocess

from exchange import Task, seconds

LAMBDA = {"movietweetings": 0.2}
LAMBDA_GENERATED = 0.03
# Its best comes at the 12th on the generated ratings.
EPOCHS = 20


def numbered(path, to, users, items):
    """`user,item,rating` with a head as libmf reads it: numbers from 0, in the order of their coming."""
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as source, open(to, "w") as file:
        rows = csv.reader(source)
        next(rows)
        for user, item, rating, *_ in rows:
            u = users.setdefault(user, len(users))
            i = items.setdefault(item, len(items))
            file.write(f"{u} {i} {rating}\n")


def prepared(task):
    """Training and test ratings as files of libmf's, written on the first run."""
    paths = [os.path.join(task.folder, name) for name in ("train.txt", "test.txt")]
    done = os.path.join(task.folder, "whole")
    if not os.path.exists(done):
        users, items = {}, {}
        for flag, to in zip(("--data", "--test"), paths):
            numbered(task.option(flag), to, users, items)
        open(done, "w").close()
    return paths


task = Task()
train, test = prepared(task)
command = [task.program, "-f", "0", "-k", task.option("--rank", "32"), "-t", str(EPOCHS)]
command += ["-l2", str(LAMBDA.get(task.set, LAMBDA_GENERATED)), "-s", str(task.threads), "-p", test, train, os.devnull]
start = seconds()
lines = []
with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
    for line in child.stdout:
        cells = line.split()
        if len(cells) >= 4 and cells[0].isdigit():
            lines.append((seconds() - start, float(cells[2])))
if child.returncode != 0 or len(lines) < EPOCHS:
    raise SystemExit(f"mf-train ended with {child.returncode} after {len(lines)} epochs")
at = [second for second, _ in lines]
begin = at[0] - statistics.median(b - a for a, b in zip(at, at[1:]))
task.finish_quality(begin, at[-1] - begin, [[second - begin, error] for second, error in lines])
