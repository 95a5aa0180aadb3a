"""WarpLDA (Chen, Li, Zhu, Chen 2016): Metropolis-Hastings in two passes of memory order.

It prints ln p(words, topics | alpha, beta) / tokens in every iteration, which is Shoal's own measure;
its first half is that of the words before the iteration, its second that of the documents in its middle,
so a line stands at the iteration's beginning here. In the end the measure is computed from the topics
that it has drawn, by the formula of shared/apps/lda/likelihood.ts, and must be what it said.
"""

import gzip
import math
import os
import re
import subprocess
import sys
from collections import Counter
from glob import glob

from exchange import Task, seconds

# Its steps mix more slowly than Gibbs sampling (shared/apps/lda/push.ts): sweeps for each of Shoal's.
SWEEPS_RATIO = 6
# Of the time it may take: the rest is for reading and looking.
TIME_SHARE = 0.7
# Likelihoods of successive iterations are closer than this in the end.
DISAGREEMENT_MAX = 0.01

task = Task()


def option(name, default):
    return float(task.option(name, default))


def write_text(path, to):
    """A document a line, after its name and a remark that are skipped; words are their numbers."""
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as file, open(to, "w") as out:
        documents = int(file.readline())
        file.readline(), file.readline()
        here, words = 1, []
        for line in file:
            document, word, count = line.split()
            while int(document) > here:
                out.write(f"{here} - {' '.join(words)}\n")
                here, words = here + 1, []
            words.extend([word] * int(count))
        for document in range(here, documents + 1):
            out.write(f"{document} - {' '.join(words if document == here else [])}\n")


def prepare():
    """Prefix of the files that WarpLDA reads, made on first use."""
    data = task.option("--data")
    prefix = os.path.join(task.folder, f"{os.path.basename(data)}-{os.path.getsize(data)}")
    if not os.path.exists(prefix + ".bin.v.lnk"):
        write_text(data, prefix + ".txt")
        form = os.path.join(os.path.dirname(task.program), "format")
        subprocess.run([form, "-prefix", prefix], check=True, stdout=subprocess.DEVNULL)
        os.remove(prefix + ".txt")
    return prefix


def likelihood(path, topics, alpha, beta):
    """ln p(words, topics) / tokens from the file of topics: a line a document, word:topic."""
    of_words, totals, tokens, sum_ = Counter(), Counter(), 0, 0.0
    with open(path) as file:
        for line in file:
            pairs = [tuple(map(int, pair.split(":"))) for pair in line.split() if ":" in pair]
            of_words.update(pairs)
            mine = Counter(topic for _, topic in pairs)
            totals.update(mine)
            tokens += len(pairs)
            sum_ += sum(math.lgamma(n + alpha) - math.lgamma(alpha) for n in mine.values())
            sum_ -= math.lgamma(len(pairs) + topics * alpha) - math.lgamma(topics * alpha)
    words = len({word for word, _ in of_words})
    sum_ += sum(math.lgamma(n + beta) - math.lgamma(beta) for n in of_words.values())
    sum_ -= sum(math.lgamma(n + words * beta) - math.lgamma(words * beta) for n in totals.values())
    return sum_ / tokens


def run(prefix, topics, alpha, beta, sweeps):
    """Lines of its iterations as a trajectory; did it come to its end?"""
    arguments = ["-prefix", prefix, "-k", str(topics), "-alpha", str(alpha * topics)]
    arguments += ["-beta", str(beta), "-niter", str(sweeps), "-dumpmodel=false", "-writeinfo=false"]
    threads = {**os.environ, "OMP_NUM_THREADS": str(task.threads)}
    pattern = re.compile(r"Iteration \d+, ([\d.]+) s, .*per token\) (-?[\d.]+)")
    trajectory, took = [], 0.0
    with subprocess.Popen(
        [task.program, *arguments], stdout=subprocess.PIPE, text=True, env=threads
    ) as child:
        for line in child.stdout:
            found = pattern.match(line)
            if not found:
                continue
            trajectory.append([took, float(found[2])])
            took += float(found[1])
            if took > TIME_SHARE * task.timeoutSeconds:
                child.kill()
                return trajectory, took, False
    if child.returncode != 0:
        sys.exit(f"warplda ended with {child.returncode}")
    return trajectory, took, True


def main():
    topics = int(option("--topics", 100))
    alpha, beta = option("--alpha", 0.1), option("--beta", 0.1)
    prefix = prepare()
    start = seconds()
    for path in glob(prefix + ".bin.*"):
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass
    load_seconds = seconds() - start
    sweeps = SWEEPS_RATIO * int(option("--sweeps", 200))
    trajectory, took, is_complete = run(prefix, topics, alpha, beta, sweeps)
    if is_complete:
        exact = likelihood(prefix + ".z.estimate", topics, alpha, beta)
        said = trajectory[-1][1]
        if abs(exact - said) > DISAGREEMENT_MAX:
            sys.exit(f"its topics have a log-likelihood of {exact:.4f}, and it said {said:.4f}")
        trajectory.append([took, exact])
    task.finish_quality(load_seconds, took, trajectory)


main()
