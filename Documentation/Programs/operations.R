# Computes what a student that `distill export --format json` wrote answers, by the package jsonlite.
#
# It knows perceptrons, mixtures and densities, and refuses convolutions, attention and recurrent layers
# by name:
#
#   student <- fromJSON("risk.json", simplifyDataFrame = FALSE)
#   answer(student, c(0.3, 1.2))
library(jsonlite)

functions <- list(identity = identity, relu = function(x) pmax(x, 0), tanh = tanh, sigmoid = plogis,
                  normalCumulative = pnorm, gelu = function(x) x * pnorm(x),
                  silu = function(x) x * plogis(x), elu = function(x) ifelse(x > 0, x, expm1(x)),
                  leakyReLU = function(x) ifelse(x > 0, x, 0.01 * x),
                  softplus = function(x) pmax(x, 0) + log1p(exp(-abs(x))),
                  hardSwish = function(x) x * pmin(pmax(x + 3, 0), 6) / 6)
softmax <- function(x) exp(x - max(x)) / sum(exp(x - max(x)))
bernoulli <- function(x, z) sum(x * z - functions$softplus(z))
log_sum <- function(m) {
  largest <- apply(m, 1, max)
  largest + log(rowSums(exp(m - largest)))
}
unknown <- function(name) stop(name, " is not computed here")

nade <- function(o, f, x) {
  sums <- o$hiddenBiases
  total <- 0
  for (i in seq_along(o$order)) {
    v <- x[o$order[i] + 1]
    total <- total + bernoulli(v, o$visibleBiases[i] + sum(o$outputWeights[i, ] * f(sums)))
    sums <- sums + v * o$weights[i, ]
  }
  total
}

prefixes <- function(o, x) {
  steps <- o$weights * x[o$order + 1]
  if (!is.null(o$masks)) steps <- steps + o$masks
  sweep(apply(steps, 2, cumsum) - steps, 2, o$biases, "+") * o$factors
}

affine_rows <- function(o, x) {
  found <- sapply(seq_len(ncol(o$biases)), function(k) rowSums(matrix(o$weights[, k, ], nrow(x)) * x))
  found <- (found + o$biases)[order(o$order), , drop = FALSE]
  if (length(o$shape) > 1) found else as.vector(found)
}

log_density <- function(x, parts) {
  n <- ncol(parts) / 3
  l <- parts[, 1:n, drop = FALSE]
  m <- parts[, n + 1:n, drop = FALSE]
  d <- parts[, 2 * n + 1:n, drop = FALSE]
  sum(log_sum(l - d - ((x - m) * exp(-d))^2 / 2) - log_sum(l) - log(2 * pi) / 2)
}

answer <- function(student, x) {
  if (length(student$shape) > 1 || length(x) != student$shape)
    stop("an input is of shape ", toString(student$shape), ", and ", length(x), " features were given")
  if (length(student$mean) > 0) x <- (x - student$mean) / student$deviation
  values <- list(x)
  for (o in student$operations) {
    x <- values[[o$inputs[1] + 1]]
    other <- values[[o$inputs[length(o$inputs)] + 1]]
    f <- functions[[o$activation]]
    if (is.null(f)) unknown(o$activation)
    x <- switch(o$kind,
      linear = f(as.vector(o$weights %*% x) + o$biases),
      scale = f(o$weights * x + o$biases),
      sum = f(x + other),
      softmax = f(as.vector(apply(matrix(x, ncol = o$groups), 2, softmax))),
      bernoulli = bernoulli(x, other),
      positionwise = f(sweep(x %*% t(o$weights), 2, o$biases, "+")),
      prefixes = f(prefixes(o, x)),
      rows = affine_rows(o, x),
      normalDensity = o$constant + log_density(x, other),
      logSum = log_sum(matrix(c(x, other), 1)),
      nade = nade(o, f, x),
      unknown(o$kind))
    values <- c(values, list(x))
  }
  x <- values[[student$output + 1]]
  n <- length(x) / switch(student$ending, normalMixture = 3, poissonMixture = 2, 1)
  first <- seq_len(n)
  switch(student$ending,
    values = x, softmax = softmax(x), sigmoidPair = softmax(c(0, x)),
    normalMixture = c(softmax(x[first]), x[n + first], exp(x[2 * n + first])),
    poissonMixture = c(softmax(x[first]), exp(x[n + first])),
    unknown(student$ending))
}
