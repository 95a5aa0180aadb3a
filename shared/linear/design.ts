/**
 * The design matrix of one problem as the server sees it: which shard a column lies in, its weighted
 * moments, and passes over X̃, the standardised columns x̃_j = (x_j − mean_j)/scale_j.
 *
 * Every pass here reads all of X once. They happen when a problem opens and when a certificate is
 * due; a commit never makes one.
 */
import type { Dataset } from '../app.ts'
import { addColumns, hasQuickPasses, passesOf } from '../columns/hostPasses.ts'
import type { Moments } from '../columns/passes.ts'
import { entries } from '../columns.ts'
import type { Shard } from '../shard.ts'

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
  /** Does the server look at all gradients itself? */
  readonly isSmall: boolean
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
  const design = {
    dataset,
    rows,
    columns,
    firstColumn: Uint32Array.from([...shards.map((s) => s.firstColumn), columns]),
    work: new Uint32Array(columns),
    shardWork: new Float64Array(shards.length),
    weights,
    weightSum: weights ? weights.reduce((a, b) => a + b, 0) : rows,
    mean: new Float64Array(columns),
    scale: new Float64Array(columns),
    norm2: new Float64Array(columns),
  }
  const passes = passesOf(dataset)
  for (let k = 0; k < shards.length; k++) {
    const shard = dataset.shard(k)
    design.shardWork[k] = openColumns(design, shard, passes.moments(shard, weights), options)
  }
  return {
    ...design,
    totalWork: design.shardWork.reduce((a, b) => a + b, 0),
    isSmall: hasQuickPasses(dataset),
  }
}

type Columns = Pick<Design, 'work' | 'weightSum' | 'mean' | 'scale' | 'norm2'>

/** What the design knows of a shard's columns, from their weighted moments. Returns the work of all. */
function openColumns(
  { work, weightSum, mean, scale, norm2 }: Columns,
  shard: Shard,
  { sum, squares }: Moments,
  { standardize, intercept }: { standardize: boolean; intercept: boolean },
): number {
  let total = 0
  for (let c = 0; c < shard.columns; c++) {
    const j = shard.firstColumn + c
    const average = sum[c]! / weightSum
    const square = squares[c]! / weightSum
    const variance = Math.max(0, square - average * average)
    // Rounding leaves a constant column a variance of about eps·x²; anything so small is constant.
    const constant = variance <= 1e-14 * square
    const second = intercept ? variance * weightSum : squares[c]!
    work[j] = Math.max(1, entries(shard, c))
    total += work[j]!
    mean[j] = intercept ? average : 0
    scale[j] = standardize && !constant ? Math.sqrt(variance) : 1
    norm2[j] = constant && (intercept || standardize) ? 0 : second / (scale[j]! * scale[j]!)
  }
  return total
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
    standardise(design, shard.firstColumn, passes.products(shard, rho), total, out)
  }
  return out
}

/** x̃_jᵀρ (d) of columns from `first` on, from their x_jᵀρ and Σρ. */
function standardise(
  design: Design,
  first: number,
  raw: Float64Array,
  total: number,
  out: Float64Array,
): void {
  for (let c = 0; c < raw.length; c++)
    out[first + c] = standardised(design, first + c, raw[c]!, total)
}

/** x̃_jᵀρ from x_jᵀρ and Σρ. */
export function standardised(design: Design, j: number, raw: number, total: number): number {
  return design.norm2[j] === 0 ? 0 : (raw - design.mean[j]! * total) / design.scale[j]!
}

/** f = X̃β (n), reading only the columns with β_j ≠ 0. */
export function fitOf(design: Design, beta: Float64Array): Float64Array {
  const { dataset, scale, mean, firstColumn } = design
  const fit = new Float64Array(design.rows)
  const support = supportOf(beta)
  let shift = 0
  for (let k = 0, at = 0; at < support.length; k++) {
    const [first, end] = [firstColumn[k]!, firstColumn[k + 1]!]
    if (support[at]! >= end) continue
    const raw = new Float64Array(end - first)
    for (let j = support[at]!; j < end; j = support[++at] ?? end) {
      raw[j - first] = beta[j]! / scale[j]!
      shift += raw[j - first]! * mean[j]!
    }
    addColumns(dataset, dataset.shard(k), raw, fit)
  }
  for (let i = 0; i < fit.length; i++) fit[i]! -= shift
  return fit
}

/** Variables that are not zero, ascending. */
export function supportOf(beta: Float64Array): Uint32Array {
  const support: number[] = []
  for (let j = 0; j < beta.length; j++) if (beta[j] !== 0) support.push(j)
  return Uint32Array.from(support)
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
