/**
 * push: the rows of a block, given the rows of the other side
 *
 *   minimise  Σ_(u,i) (a_ui − μ − b_u − c_i − w_uᵀh_i)² + λ Σ_u n_u (‖w_u‖² + …) + λ Σ_i n_i (…)
 *
 * Given the items, the users have nothing to do with each other: row u is a ridge regression of
 * t_i = a_ui − μ − c_i on z_i = (h_i, s), for x = (w_u, b_u / s). Exactly (als): Cholesky on its
 * normal equations (Σ zzᵀ + λn I) x = Σ tz. By coordinates (ccd): passes over x, each coordinate at
 * its minimum given the others. Items are rows of the transposed matrix, and the same.
 *
 * Implicit feedback (Hu, Koren, Volinsky 2008): every pair counts, seen (p = 1) with confidence
 * 1 + αr, not seen (p = 0) with 1. What all pairs share is the Gram matrix G of the other side, so
 * only the seen ones are visited: (G + Σ αr hhᵀ + λn I) w = Σ (1 + αr) h.
 *
 * This file is the reference: plain loops in f64 on f32 rows. push.as.ts must agree with it, and the
 * server solves single rows with it to audit a volunteer.
 */
import { roundHalf } from '../../halves.ts'
import type { Shard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { type Lease, type Row, readLease, readRow } from './lease.ts'

export function push(arrays: Arrays, shards: readonly Shard[]): Arrays {
  const lease = readLease(arrays)
  const { rank: K, hasBias, slot, column } = lease
  const m = slot.length
  const rows = new Float32Array(m * K)
  const bias = new Float32Array(hasBias ? m : 0)
  const loss = new Float64Array(m)
  const position = positions(lease)
  for (let v = 0; v < m; v++) {
    const row = readRow(lease, shards[slot[v]!]!, column[v]!, position)
    const x = lease.passes > 0 ? descend(lease, row, startOf(lease, v)) : solve(lease, row)
    for (let k = 0; k < K; k++) rows[v * K + k] = lease.halves ? roundHalf(x[k]!) : x[k]!
    if (hasBias) bias[v] = lease.biasScale * x[K]!
    loss[v] = lossOf(lease, row, rows.subarray(v * K, (v + 1) * K), bias[v] ?? 0)
  }
  return { rows, bias, loss }
}

/** Where in the lease a row of the other side is; 0 for those that the lease does not have. */
export function positions({ others, othersAll }: Lease): Uint32Array {
  const position = new Uint32Array(othersAll)
  for (let p = 0; p < others.length; p++) position[others[p]!] = p
  return position
}

/** x of the normal equations, (D). */
export function solve(lease: Lease, row: Row): Float64Array {
  const { dimensions: D, rank: K, alpha, gram } = lease
  const a = new Float64Array(D * D)
  const x = new Float64Array(D)
  const z = new Float64Array(D)
  if (alpha > 0) for (let k = 0; k < K; k++) a.set(gram.subarray(k * K, (k + 1) * K), k * D)
  for (let e = 0; e < row.length; e++) {
    featuresOf(lease, row.at[e]!, z)
    const r = row.target[e]!
    // Explicit: zzᵀ and t·z. Implicit: αr·zzᵀ and (1 + αr)·z, and nothing for a count of 0.
    const curve = alpha > 0 ? alpha * r : 1
    const pull = alpha > 0 ? (r > 0 ? 1 + alpha * r : 0) : r
    for (let k = 0; k < D; k++) {
      x[k]! += pull * z[k]!
      for (let l = 0; l <= k; l++) a[k * D + l]! += curve * z[k]! * z[l]!
    }
  }
  for (let k = 0; k < D; k++) a[k * D + k]! += row.ridge
  cholesky(a, x, D)
  return x
}

/** Ax = y for a symmetric positive definite A of which the lower triangle is given; both are overwritten. */
export function cholesky(a: Float64Array, y: Float64Array, n: number): void {
  for (let k = 0; k < n; k++)
    for (let l = 0; l <= k; l++) {
      let sum = a[k * n + l]!
      for (let j = 0; j < l; j++) sum -= a[k * n + j]! * a[l * n + j]!
      a[k * n + l] = k === l ? Math.sqrt(sum) : sum / a[l * n + l]!
    }
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < k; j++) y[k]! -= a[k * n + j]! * y[j]!
    y[k]! /= a[k * n + k]!
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) y[k]! -= a[j * n + k]! * y[j]!
    y[k]! /= a[k * n + k]!
  }
}

/** x after some passes of coordinate descent, (D). */
export function descend(lease: Lease, row: Row, x: Float64Array): Float64Array {
  const { dimensions: D, passes } = lease
  const { length, at } = row
  // (D, n): a step goes along one feature of all the row's ratings.
  const columns = Array.from({ length: D }, () => new Float64Array(length))
  const curves = new Float64Array(D)
  const residual = row.target.slice()
  columns.forEach((z, k) => {
    for (let e = 0; e < length; e++) {
      z[e] = featureOf(lease, at[e]!, k)
      residual[e]! -= z[e]! * x[k]!
      curves[k]! += z[e]! * z[e]!
    }
  })
  for (let pass = 0; pass < passes; pass++)
    columns.forEach((z, k) => {
      let slope = 0
      for (let e = 0; e < length; e++) slope += residual[e]! * z[e]!
      const step = (slope + curves[k]! * x[k]!) / (curves[k]! + row.ridge) - x[k]!
      for (let e = 0; e < length; e++) residual[e]! -= step * z[e]!
      x[k]! += step
    })
  return x
}

/** Where ccd begins with row v: x = (w, b / s). */
export function startOf(lease: Lease, v: number): Float64Array {
  const { dimensions: D, rank: K, start, biasScale } = lease
  const x = Float64Array.from(start.subarray(v * D, (v + 1) * D))
  if (D > K) x[K]! /= biasScale
  return x
}

/** Feature k of row `at` of the lease: its factors, then s for the bias. */
function featureOf(lease: Lease, at: number, k: number): number {
  return k < lease.rank ? lease.factors[at * lease.rank + k]! : lease.biasScale
}

function featuresOf(lease: Lease, at: number, z: Float64Array): void {
  for (let k = 0; k < z.length; k++) z[k] = featureOf(lease, at, k)
}

/**
 * What a row as it travels (f32, or halves) leaves: Σ (t − b − w·h)². Implicit: Σ over seen pairs of
 * (1 + αr)(1 − w·h)² − (w·h)², plus wᵀGw, which is the sum over all pairs.
 */
export function lossOf(lease: Lease, row: Row, w: Float32Array, b: number): number {
  const { rank: K, factors, alpha, gram } = lease
  let loss = 0
  for (let e = 0; e < row.length; e++) {
    const first = row.at[e]! * K
    let fit = b
    for (let k = 0; k < K; k++) fit += w[k]! * factors[first + k]!
    const r = row.target[e]!
    if (alpha === 0) loss += (r - fit) ** 2
    else if (r > 0) loss += (1 + alpha * r) * (1 - fit) ** 2 - fit ** 2
  }
  if (alpha > 0)
    for (let k = 0; k < K; k++) {
      let sum = 0
      for (let l = 0; l < K; l++) sum += gram[k * K + l]! * w[l]!
      loss += w[k]! * sum
    }
  return loss
}
