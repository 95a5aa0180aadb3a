/**
 * extrapolate.ts in AssemblyScript: same steps in the same order, on memory that the caller lends.
 *
 * Per K sweeps it reads (K²/2 + K)·m + 2K·n numbers, against 2K·m·n entries of the sweeps themselves:
 * nothing to tune here.
 *
 * Memory: K + 2 records of β (m), r (n), offset (1) – the history, then the candidate – and K·(K + 1)
 * numbers for the small system.
 */

const RIDGE: f64 = 1e-12

let depth: usize = 0
let held: usize = 0
let m: usize = 0
let n: usize = 0
let base: usize = 0
let record: usize = 0

export function extrapolationBytes(k: usize, variables: usize, rows: usize): usize {
  return k == 0 ? 0 : ((k + 2) * (variables + rows + 1) + k * (k + 1)) << 3
}

function at(a: usize, i: usize): f64 {
  return load<f64>(a + (i << 3))
}

function keep(beta: usize, r: usize, offset: f64): void {
  const to = base + held * record
  memory.copy(to, beta, m << 3)
  memory.copy(to + (m << 3), r, n << 3)
  store<f64>(to + ((m + n) << 3), offset)
  held++
}

export function openExtrapolation(
  room: usize,
  k: usize,
  variables: usize,
  rows: usize,
  beta: usize,
  r: usize,
): void {
  depth = k
  held = 0
  m = variables
  n = rows
  base = room
  record = (variables + rows + 1) << 3
  if (depth > 0) keep(beta, r, 0)
}

/** After every sweep. β and r may be replaced; the offset that goes with them is returned. */
export function extrapolate(
  beta: usize,
  r: usize,
  offset: f64,
  weights: usize,
  threshold: f64,
  ridge: f64,
): f64 {
  if (depth == 0) return offset
  keep(beta, r, offset)
  if (held <= depth) return offset
  let result = offset
  if (coefficients()) {
    combine()
    const next = base + (depth + 1) * record
    const nextOffset = at(next, m + n)
    if (improves(next, nextOffset, beta, r, offset, weights, threshold, ridge)) {
      memory.copy(beta, next, m << 3)
      memory.copy(r, next + (m << 3), n << 3)
      result = nextOffset
    }
  }
  held = 0
  keep(beta, r, result)
  return result
}

function system(): usize {
  return base + (depth + 2) * record
}

/** c of the last K iterates, behind the system's matrix; false if it is singular. */
function coefficients(): bool {
  const k = depth
  const a = system()
  const z = a + ((k * k) << 3)
  let trace = 0.0
  for (let p: usize = 0; p < k; p++) {
    for (let q: usize = 0; q <= p; q++) {
      let sum = 0.0
      const p0 = base + p * record
      const q0 = base + q * record
      for (let j: usize = 0; j < m; j++)
        sum += (at(p0 + record, j) - at(p0, j)) * (at(q0 + record, j) - at(q0, j))
      store<f64>(a + ((p * k + q) << 3), sum)
      if (p == q) trace += sum
    }
  }
  if (!(trace > 0)) return false
  for (let p: usize = 0; p < k; p++) {
    const diagonal = p * k + p
    store<f64>(a + (diagonal << 3), at(a, diagonal) + RIDGE * trace)
  }
  return solveForOnes(a, z, k)
}

/** Cholesky of the lower triangle in place, then two substitutions; z scaled to sum 1. */
function solveForOnes(a: usize, z: usize, k: usize): bool {
  for (let p: usize = 0; p < k; p++) {
    for (let q: usize = 0; q <= p; q++) {
      let sum = at(a, p * k + q)
      for (let t: usize = 0; t < q; t++) sum -= at(a, p * k + t) * at(a, q * k + t)
      if (p == q && !(sum > 0)) return false
      store<f64>(a + ((p * k + q) << 3), p == q ? Math.sqrt(sum) : sum / at(a, q * k + q))
    }
    let value = 1.0
    for (let t: usize = 0; t < p; t++) value -= at(a, p * k + t) * at(z, t)
    store<f64>(z + (p << 3), value / at(a, p * k + p))
  }
  let total = 0.0
  for (let down: usize = k; down > 0; down--) {
    const p = down - 1
    let value = at(z, p)
    for (let t: usize = p + 1; t < k; t++) value -= at(a, t * k + p) * at(z, t)
    value /= at(a, p * k + p)
    store<f64>(z + (p << 3), value)
    total += value
  }
  if (!isFinite(total) || total == 0) return false
  for (let p: usize = 0; p < k; p++) store<f64>(z + (p << 3), at(z, p) / total)
  return true
}

/** The candidate: Σ c_k of the last K records, offset and all. */
function combine(): void {
  const z = system() + ((depth * depth) << 3)
  const out = base + (depth + 1) * record
  memory.fill(out, 0, record)
  for (let k: usize = 0; k < depth; k++) {
    const c = at(z, k)
    const from = base + (k + 1) * record
    for (let i: usize = 0; i < m + n + 1; i++)
      store<f64>(out + (i << 3), at(out, i) + c * at(from, i))
  }
}

/** Is P lower at the candidate? Rows of weight 0 have ρ = 0 and count for nothing. */
function improves(
  next: usize,
  nextOffset: f64,
  beta: usize,
  r: usize,
  offset: f64,
  weights: usize,
  threshold: f64,
  ridge: f64,
): bool {
  let change = 0.0
  for (let j: usize = 0; j < m; j++) {
    const a = at(next, j)
    const b = at(beta, j)
    change += threshold * (Math.abs(a) - Math.abs(b)) + 0.5 * ridge * (a - b) * (a + b)
  }
  const nextR = next + (m << 3)
  for (let i: usize = 0; i < n; i++) {
    const w = weights == 0 ? 1.0 : at(weights, i)
    if (w == 0) continue
    const a = at(nextR, i) + nextOffset * w
    const b = at(r, i) + offset * w
    change += (0.5 * (a - b) * (a + b)) / w
  }
  return change < 0
}
