/**
 * Random leases over rating shards of every kind, with the tolerances their arithmetic allows: what
 * the conformance suite runs. Rows of no, one, few and many ratings; ranks around the vector width.
 */
import type { Random } from '../../random.ts'
import { encodeShard, openShard, type SparseColumns } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import type { Problem } from '../problem.ts'
import { type Lease, readLease, readRow } from './lease.ts'
import { positions } from './push.ts'

export interface Options {
  readonly rank: number
  readonly biases: boolean
  readonly valueType: SparseColumns['valueType']
  /** Rows of the other side: beyond 65 536 their indices take four bytes. */
  readonly othersAll: number
  /** Ratings of each row of the shard. */
  readonly lengths: readonly number[]
  /** A row's ratings add to its λ. */
  readonly weighted?: boolean
  readonly passes?: number
  readonly alpha?: number
  readonly halves?: boolean
}

export function* mfProblems(random: Random): Generator<Problem> {
  const some = [1, 2, 3, 5, 40, 0, 64, 65, 130]
  const base = { biases: true, valueType: 'u8', othersAll: 300, lengths: some } as const
  for (const rank of [1, 2, 3, 4, 7, 8, 31, 32, 33, 64]) yield problem({ ...base, rank }, random)
  for (const rank of [1, 4, 8, 12]) yield problem({ ...base, rank, biases: false }, random)
  for (const valueType of ['u8', 'i16', 'f32', 'f64'] as const)
    for (const othersAll of [300, 70_000])
      yield problem({ ...base, rank: 6, valueType, othersAll, weighted: true }, random)
  for (const rank of [1, 5, 16]) {
    yield problem({ ...base, rank, passes: 1 }, random)
    yield problem({ ...base, rank, passes: 4, biases: false, weighted: true }, random)
    yield problem({ ...base, rank, alpha: 2, biases: false }, random)
    yield problem({ ...base, rank, alpha: 40, biases: false, weighted: true }, random)
  }
  for (const passes of [0, 2]) yield problem({ ...base, rank: 5, passes, halves: true }, random)
  yield problem({ ...base, rank: 3, lengths: [] }, random)
}

export function problem(options: Options, random: Random): Problem {
  const { rank, biases, valueType, othersAll, lengths } = options
  const { passes = 0, alpha = 0, weighted = false, halves = false } = options
  const bytes = encodeShard({
    layout: 'sparse',
    valueType,
    rows: othersAll,
    firstColumn: 0,
    columns: lengths.map((n) => ratings(n, othersAll, valueType, random)),
  })
  const shard = openShard(bytes)
  const solved = [...lengths.keys()].filter((v) => lengths[v]! > 0)
  const others = Uint32Array.from(new Set(shard.rowIndex)).sort()
  const normals = (length: number, size: number) =>
    Float32Array.from({ length }, () => size * random.normal())
  const factors = normals(others.length * rank, 1 / Math.sqrt(rank))
  const lambda = 0.5 + random.next()
  const s = Math.fround(0.5 + random.next())
  const mean = biases ? 2.5 : 0
  const lease: Arrays = {
    scalars: Float64Array.of(
      ...[rank, Number(biases), mean, lambda, s, weighted ? 0.3 : 0, passes, alpha, othersAll],
      Number(halves),
    ),
    slot: new Uint32Array(solved.length),
    column: Uint32Array.from(solved),
    others,
    factors,
    offsets: normals(biases ? others.length : 0, 0.3),
    gram: alpha > 0 ? gramOf(factors, rank) : new Float64Array(0),
    start: normals(passes > 0 ? solved.length * (rank + Number(biases)) : 0, 0.3),
  }
  const kind = alpha > 0 ? `implicit α=${alpha}` : passes > 0 ? `ccd ${passes}` : 'als'
  const name = [
    `${kind}, K=${rank}${biases ? ' with biases' : ''}${weighted ? ', weighted' : ''}${halves ? ', halves' : ''}`,
    `${valueType} of ${othersAll}, ${solved.length} rows`,
  ].join(', ')
  return { name, lease, shards: [bytes], tolerance: tolerances(readLease(lease), shard) }
}

function ratings(n: number, others: number, type: string, random: Random) {
  const rows = new Set<number>()
  while (rows.size < n) rows.add(random.below(others))
  const step = type === 'f32' ? 0.25 : type === 'f64' ? 0.1 : 1
  const values = Array.from({ length: n }, () => step * random.below(6))
  return { rows: [...rows].sort((a, b) => a - b), values }
}

function gramOf(factors: Float32Array, rank: number): Float64Array {
  const gram = new Float64Array(rank * rank)
  for (let at = 0; at < factors.length; at += rank)
    for (let k = 0; k < rank; k++)
      for (let l = 0; l < rank; l++) gram[k * rank + l]! += factors[at + k]! * factors[at + l]!
  return gram
}

/**
 * How far two ways to solve (A + ridge·I)x = y can be apart. A sum of products in f32 errs by at most
 * (terms)·2^-24 of the sum of sizes, and there are at most 64 terms, or a feature row, in one. With
 * λmin ≥ ridge, errors E of A and e of y move x by (E‖x‖ + e)/ridge, and no x is larger than what it costs.
 * Descent passes errors on without enlarging them: each of its steps adds one, of 64 products at most
 * and of a residual that all steps before have rounded. At the end everything is rounded to f32, which
 * may fall on two sides.
 */
function tolerances(lease: Lease, shard: ReturnType<typeof openShard>): Problem['tolerance'] {
  const { rank: K, dimensions: D, factors, biasScale, alpha, passes } = lease
  const position = positions(lease)
  const bounds = Array.from(lease.column, (column, v) => {
    const start2 = lease.start.subarray(v * D, (v + 1) * D).reduce((sum, x) => sum + x * x, 0)
    const row = readRow(lease, shard, column, position)
    let squares = 0
    let pulls = 0
    let targets = 0
    for (let e = 0; e < row.length; e++) {
      let z = lease.hasBias ? biasScale ** 2 : 0
      for (let k = 0; k < K; k++) z += factors[row.at[e]! * K + k]! ** 2
      const r = row.target[e]!
      squares += alpha > 0 ? alpha * r * z : z
      pulls += Math.sqrt(z) * (alpha > 0 ? 1 + alpha * r : Math.abs(r))
      targets += alpha > 0 ? 1 + alpha * r : (Math.abs(r) + Math.sqrt(z * start2)) ** 2
    }
    const steps = passes * D
    const unit = 2 ** -24 * (passes > 0 ? steps * (64 + steps) : 64 + D)
    // No solver ends above the objective that it begins with.
    const size = Math.sqrt(start2 + targets / row.ridge)
    // Halves on two sides of the middle between them are a 2^-10th apart.
    const rounding = lease.halves ? 2 ** -10 : 2 ** -23
    const x = (unit * (squares * size + pulls)) / row.ridge + rounding * size
    // d loss = 2‖e‖‖Z‖‖dx‖ + ‖Z‖²‖dx‖², ‖e‖ ≤ √targets; and its own sum.
    const span = Math.sqrt(squares) + Math.sqrt(quadraticOf(lease))
    const loss = 2 * Math.sqrt(targets) * span * x + (span * x) ** 2 + 2 ** -22 * (D + 8) * targets
    return { x, loss }
  })
  return {
    rows: (k, want) =>
      bounds[Math.floor(k / K)]!.x + (lease.halves ? 2 ** -10 : 2 ** -23) * Math.abs(want),
    bias: (k, want) => biasScale * bounds[k]!.x + 2 ** -23 * Math.abs(want),
    loss: (k) => bounds[k]!.loss,
  }
}

/** A bound of the largest eigenvalue of G. */
function quadraticOf({ gram, rank }: Lease): number {
  let trace = 0
  for (let k = 0; k < rank && gram.length > 0; k++) trace += gram[k * rank + k]!
  return trace
}
