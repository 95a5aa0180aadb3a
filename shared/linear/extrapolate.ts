/**
 * Anderson extrapolation of coordinate descent (Bertrand and Massias 2021, algorithm 2).
 *
 * After K sweeps the last K + 1 iterates are combined, Σ c_k β⁽ᵏ⁾ with Σ c_k = 1, so that the same
 * combination of their differences is as short as possible. The residual is linear in β, so it is
 * combined with the same c and costs no pass over the columns. The result is taken only if it
 * lowers the objective: on ill-conditioned blocks this saves most of the sweeps, elsewhere nothing
 * is lost.
 */

/** Where the descent stands: what an extrapolation may replace. */
export interface Iterate {
  readonly beta: Float64Array // (m)
  /** r with ρ = r + offset·w the weighted residual (n). */
  readonly r: Float64Array
  offset: number
}

export interface Extrapolation {
  readonly depth: number
  readonly history: { beta: Float64Array; r: Float64Array; offset: number }[]
}

/** Added to the Gram matrix, relative to its trace: K differences may be nearly parallel. */
const RIDGE = 1e-12

export function openExtrapolation(depth: number, start: Iterate): Extrapolation {
  const history = depth > 0 ? [copyOf(start)] : []
  return { depth, history }
}

const copyOf = ({ beta, r, offset }: Iterate) => ({ beta: beta.slice(), r: r.slice(), offset })

/** Call after every sweep; every `depth` sweeps `now` may be replaced by a better iterate. */
export function extrapolate(
  state: Extrapolation,
  now: Iterate,
  weights: Float64Array | null,
  threshold: number,
  ridge: number,
): void {
  const { depth, history } = state
  if (depth === 0) return
  history.push(copyOf(now))
  if (history.length <= depth) return
  const c = coefficients(history.map((h) => h.beta))
  if (c) {
    const beta = combine(c, history.slice(1), (h) => h.beta)
    const r = combine(c, history.slice(1), (h) => h.r)
    const offset = c.reduce((sum, a, k) => sum + a * history[k + 1]!.offset, 0)
    if (improves({ beta, r, offset }, now, weights, threshold, ridge)) {
      now.beta.set(beta)
      now.r.set(r)
      now.offset = offset
    }
  }
  history.length = 0
  history.push(copyOf(now))
}

/** c of the last K iterates: solve (UUᵀ)z = 1, c = z/Σz, U the K differences. Null if singular. */
function coefficients(iterates: readonly Float64Array[]): Float64Array | null {
  const k = iterates.length - 1
  const a = new Float64Array(k * k)
  let trace = 0
  for (let p = 0; p < k; p++)
    for (let q = 0; q <= p; q++) {
      let sum = 0
      for (let j = 0; j < iterates[0]!.length; j++)
        sum += (iterates[p + 1]![j]! - iterates[p]![j]!) * (iterates[q + 1]![j]! - iterates[q]![j]!)
      a[p * k + q] = a[q * k + p] = sum
      if (p === q) trace += sum
    }
  if (!(trace > 0)) return null
  for (let p = 0; p < k; p++) a[p * k + p]! += RIDGE * trace
  return solveForOnes(a, k)
}

/** Cholesky in place, then two substitutions; scaled to sum 1. */
function solveForOnes(a: Float64Array, k: number): Float64Array | null {
  const z = new Float64Array(k).fill(1)
  for (let p = 0; p < k; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = a[p * k + q]!
      for (let t = 0; t < q; t++) sum -= a[p * k + t]! * a[q * k + t]!
      if (p === q && !(sum > 0)) return null
      a[p * k + q] = p === q ? Math.sqrt(sum) : sum / a[q * k + q]!
    }
    for (let t = 0; t < p; t++) z[p]! -= a[p * k + t]! * z[t]!
    z[p]! /= a[p * k + p]!
  }
  let total = 0
  for (let p = k - 1; p >= 0; p--) {
    for (let t = p + 1; t < k; t++) z[p]! -= a[t * k + p]! * z[t]!
    z[p]! /= a[p * k + p]!
    total += z[p]!
  }
  return Number.isFinite(total) && total !== 0 ? z.map((v) => v / total) : null
}

function combine<T>(
  c: Float64Array,
  items: readonly T[],
  of: (item: T) => Float64Array,
): Float64Array {
  const out = new Float64Array(of(items[0]!).length)
  for (let k = 0; k < c.length; k++) {
    const from = of(items[k]!)
    for (let i = 0; i < out.length; i++) out[i]! += c[k]! * from[i]!
  }
  return out
}

/** Is P lower at `next`? Rows of weight 0 have ρ = 0 and count for nothing. */
function improves(
  next: Iterate,
  now: Iterate,
  weights: Float64Array | null,
  threshold: number,
  ridge: number,
): boolean {
  let change = 0
  for (let j = 0; j < now.beta.length; j++) {
    const [a, b] = [next.beta[j]!, now.beta[j]!]
    change += threshold * (Math.abs(a) - Math.abs(b)) + 0.5 * ridge * (a - b) * (a + b)
  }
  for (let i = 0; i < now.r.length; i++) {
    const w = weights ? weights[i]! : 1
    if (w === 0) continue
    const a = next.r[i]! + next.offset * w
    const b = now.r[i]! + now.offset * w
    change += (0.5 * (a - b) * (a + b)) / w
  }
  return change < 0
}
