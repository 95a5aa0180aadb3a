/**
 * The design matrix of one problem as the server sees it: which shard a column lies in, its weighted
 * moments, and passes over X̃, the standardised columns x̃_j = (x_j − mean_j)/scale_j.
 *
 * Every pass here reads all of X once. They happen when a problem opens and when a certificate is
 * due; a commit never makes one.
 */
import type { Dataset } from '../app.ts'
import { addColumns, passesOf } from '../columns/passes.ts'
import { entries } from '../columns.ts'
import type { Random } from '../random.ts'

export interface Design {
  readonly dataset: Dataset
  readonly rows: number
  readonly columns: number
  /** First column of every shard, and the number of columns at the end (shards + 1). */
  readonly firstColumn: Uint32Array
  /** Matrix entries that one visit of column j reads (d). */
  readonly work: Uint32Array
  /** … and a scan of shard k (shards). */
  readonly shardWork: Float64Array
  /** Matrix entries that one pass over X reads. */
  readonly totalWork: number
  /** Observation weights (n), or null for all ones. */
  readonly weights: Float64Array | null
  readonly weightSum: number
  readonly mean: Float64Array // (d) 0 without intercept
  readonly scale: Float64Array // (d) 1 without standardisation
  readonly norm2: Float64Array // (d) Σ w_i x̃_ij²; 0 marks a column that is constant, which never moves
}

export function openDesign(
  dataset: Dataset,
  options: { standardize: boolean; intercept: boolean },
  weights: Float64Array | null,
): Design {
  const { rows, columns, shards } = dataset.manifest
  const firstColumn = Uint32Array.from([...shards.map((s) => s.firstColumn), columns])
  const work = new Uint32Array(columns)
  const mean = new Float64Array(columns)
  const scale = new Float64Array(columns).fill(1)
  const norm2 = new Float64Array(columns)
  const weightSum = weights ? weights.reduce((a, b) => a + b, 0) : rows
  const passes = passesOf(dataset)
  for (let k = 0; k < shards.length; k++) {
    const shard = dataset.shard(k)
    const { sum, squares } = passes.moments(shard, weights)
    for (let c = 0; c < shard.columns; c++) {
      const j = shard.firstColumn + c
      const average = sum[c]! / weightSum
      const variance = Math.max(0, squares[c]! / weightSum - average * average)
      work[j] = Math.max(1, entries(shard, c))
      // Rounding leaves a constant column a variance of about eps·x²; anything so small is constant.
      const constant = variance <= 1e-14 * (squares[c]! / weightSum)
      if (options.intercept) mean[j] = average
      if (options.standardize && !constant) scale[j] = Math.sqrt(variance)
      const second = options.intercept ? variance * weightSum : squares[c]!
      norm2[j] =
        constant && (options.intercept || options.standardize) ? 0 : second / scale[j]! ** 2
    }
  }
  const shardWork = Float64Array.from(shards, ({ firstColumn: first, columns: count }) =>
    work.subarray(first, first + count).reduce((a, b) => a + b, 0),
  )
  const totalWork = shardWork.reduce((a, b) => a + b, 0)
  return {
    dataset,
    rows,
    columns,
    firstColumn,
    work,
    shardWork,
    totalWork,
    weights,
    weightSum,
    mean,
    scale,
    norm2,
  }
}

/** The shard that holds column j, by bisection. */
export function shardOf(design: Design, j: number): number {
  let low = 0
  let high = design.firstColumn.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (design.firstColumn[middle]! <= j) low = middle
    else high = middle - 1
  }
  return low
}

/** X̃ᵀρ for every column, ρ (n) already weighted; 0 for columns that never move. */
export function gradientOf(design: Design, rho: Float64Array): Float64Array {
  const out = new Float64Array(design.columns)
  const total = rho.reduce((a, b) => a + b, 0)
  const passes = passesOf(design.dataset)
  for (let k = 0; k < design.firstColumn.length - 1; k++) {
    const shard = design.dataset.shard(k)
    const products = passes.products(shard, rho)
    for (let c = 0; c < shard.columns; c++) {
      const j = shard.firstColumn + c
      out[j] = standardised(design, j, products[c]!, total)
    }
  }
  return out
}

/** x̃_jᵀρ from x_jᵀρ and Σρ. */
export function standardised(design: Design, j: number, raw: number, total: number): number {
  return design.norm2[j] === 0 ? 0 : (raw - design.mean[j]! * total) / design.scale[j]!
}

/** f = X̃β (n), reading only the columns with β_j ≠ 0. */
export function fitOf(design: Design, beta: Float64Array): Float64Array {
  const { dataset, scale, mean, firstColumn } = design
  const fit = new Float64Array(design.rows)
  let shift = 0
  for (let k = 0; k < firstColumn.length - 1; k++) {
    const [first, end] = [firstColumn[k]!, firstColumn[k + 1]!]
    const raw = beta.slice(first, end)
    if (!raw.some((b) => b !== 0)) continue
    for (let c = 0; c < raw.length; c++) {
      raw[c]! /= scale[first + c]!
      shift += raw[c]! * mean[first + c]!
    }
    addColumns(dataset, dataset.shard(k), raw, fit)
  }
  for (let i = 0; i < fit.length; i++) fit[i]! -= shift
  return fit
}

/** X̃·change from what tabs send, X·(change/scale): the centring of these columns is one number. */
export function centredFit(
  { mean, scale }: Design,
  index: Uint32Array,
  change: Float64Array,
  raw: Float64Array,
): Float64Array {
  let shift = 0
  for (let k = 0; k < index.length; k++) {
    const j = index[k]!
    shift += (change[k]! / scale[j]!) * mean[j]!
  }
  return shift === 0 ? raw : raw.map((v) => v - shift)
}

/**
 * What the server needs to check a volunteer's products in O(n) (Freivalds 1979): with a secret u,
 * Xᵀu checks XΔβ; with secret z, the shard sums X_k z_k check X_kᵀρ. Raw columns: one set serves
 * every track.
 */
export interface Secrets {
  readonly u: Float64Array // (n)
  readonly products: Float64Array // (d)  Xᵀu
  readonly z: Float64Array // (d)
  /** X_k z_k of every shard: shards × (n). */
  readonly sums: Float64Array[]
}

export function drawSecrets(dataset: Dataset, random: Random): Secrets {
  const { rows, columns, shards } = dataset.manifest
  const u = Float64Array.from({ length: rows }, () => random.normal())
  // Any density does, so that no lie is orthogonal to them but by chance; this one is drawn fast.
  const z = new Float64Array(columns)
  for (let j = 0; j < columns; j++) z[j] = random.u32() / 2 ** 31 - 1
  const products = new Float64Array(columns)
  const passes = passesOf(dataset)
  const sums = shards.map((_, k) => {
    const shard = dataset.shard(k)
    const { firstColumn } = shard
    const sum = new Float64Array(rows)
    products.set(passes.products(shard, u), firstColumn)
    passes.combine(shard, z.subarray(firstColumn, firstColumn + shard.columns), sum)
    return sum
  })
  return { u, products, z, sums }
}
