# glmnet (Friedman, Hastie, Tibshirani 2010) on one task (README.md): Rscript glmnet.R TASK
#
# Down a path of 20 values to the one that is asked for, which is how its authors say it is fastest.

suppressMessages({
  library(glmnet)
  library(Matrix)
})

text <- paste(readLines(commandArgs(trailingOnly = TRUE)[1], warn = FALSE), collapse = "")
field <- function(name) {
  match <- regmatches(text, regexec(sprintf('"%s":("([^"]*)"|[^,}]*)', name), text))[[1]]
  if (nchar(match[3]) > 0) match[3] else match[2]
}
number <- function(name) as.numeric(field(name))
flag <- function(name) field(name) == "true"
bin <- function(name, what, n, size) {
  path <- file.path(field("folder"), name)
  readBin(path, what, n, size, signed = size > 1, endian = "little")
}

n <- number("rows")
d <- number("columns")
start <- proc.time()[["elapsed"]]
y <- bin("y.bin", "double", n, 8)
if (field("layout") == "dense") {
  values <- if (field("valueType") == "u8") bin("x.bin", "integer", n * d, 1) else bin("x.bin", "double", n * d, 8)
  x <- matrix(as.numeric(values), n, d)
} else {
  # R has no 64-bit integers: the low halves are enough below 2^31 entries.
  starts <- bin("starts.bin", "integer", 2 * (d + 1), 4)[c(TRUE, FALSE)]
  nnz <- starts[d + 1]
  x <- new("dgCMatrix", Dim = as.integer(c(n, d)), p = starts,
    i = bin("rows.bin", "integer", nnz, 4), x = bin("x.bin", "double", nnz, 8))
}
loaded <- proc.time()[["elapsed"]]

lambda <- number("lambda")
family <- if (field("app") == "lasso") "gaussian" else "binomial"
if (family == "binomial") y <- factor(y == max(y))
fitted <- glmnet(x, y,
  family = family, standardize = flag("standardize"), intercept = flag("intercept"),
  lambda = lambda * exp(seq(log(100), 0, length.out = 20)),
  thresh = number("tolerance"), maxit = 1e8)
solved <- proc.time()[["elapsed"]]
beta <- as.numeric(coef(fitted, s = lambda)[-1])
writeBin(beta, field("beta"), size = 8, endian = "little")
cat(sprintf('{"loadSeconds": %f, "solveSeconds": %f}\n', loaded - start, solved - loaded))
