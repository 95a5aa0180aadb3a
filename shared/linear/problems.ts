/**
 * Random leases of linear models over shards of every kind, with the tolerances their arithmetic allows: what
 * the conformance suite runs. Small and awkward on purpose: one row, odd lengths, empty columns.
 */

import type { Problem } from '../apps/problem.ts'
import { forEachEntry } from '../columns.ts'
import type { Random } from '../random.ts'
import { encodeShard, openShard, type Shard, type ValueType } from '../shard.ts'

export interface Kind {
  /** Share of non-zeros; a small one by default for long sparse columns, so that tests are quick. */
  readonly density?: number
  readonly layout: 'dense' | 'sparse'
  readonly valueType: ValueType
}

interface Options {
  /** One shard of each; a lease mixes them. */
  readonly kinds: readonly Kind[]
  readonly n: number
  readonly columnsPerShard: number
  readonly weighted: boolean
  readonly centred: boolean
  readonly scan: boolean
  /** Share of the columns in the block. */
  readonly share: number
  readonly sweepsMax: number
  /** Iterates to extrapolate from; 0, the default: never. */
  readonly extrapolation?: number
  /** T₂ as a share of the columns' mean squared norm; 0 by default. */
  readonly ridge?: number
  /** Leave means and norms to the kernel, as leases of other losses than squared errors do. */
  readonly bare?: boolean
}

const DENSE: Kind[] = (['u2', 'u8', 'i16', 'f32', 'f64'] as const).map((valueType) => ({
  layout: 'dense',
  valueType,
}))
const SPARSE: Kind[] = (['u8', 'i16', 'f32', 'f64'] as const).map((valueType) => ({
  layout: 'sparse',
  valueType,
}))
const KINDS = [...DENSE, ...SPARSE]

/** Rows from which a sparse shard needs u32 row indices. */
const ROWS_LONG = 65_537

export function* linearProblems(random: Random): Generator<Problem> {
  const flags = () => ({
    weighted: random.below(2) === 1,
    centred: random.below(2) === 1,
    scan: random.below(2) === 1,
    sweepsMax: 1 + random.below(8),
    extrapolation: random.below(2) && 2 + random.below(4),
    ridge: random.below(2) && random.next(),
    bare: random.below(3) === 0,
  })
  for (const kind of KINDS) {
    for (const [n, columnsPerShard] of [
      [1, 1],
      [2, 3],
      [3, 2],
      [37, 1],
      [64, 7],
      [131, 9],
      [258, 20],
    ] as const)
      yield problem({ kinds: [kind], n, columnsPerShard, share: 0.8, ...flags() }, random)
    for (const weighted of [false, true])
      for (const centred of [false, true])
        yield problem(
          { ...flags(), kinds: [kind], n: 77, columnsPerShard: 6, share: 1, weighted, centred },
          random,
        )
  }
  // Many columns: a scan of two-bit ones looks sums up, of bytes and words it adds whole numbers (columns/).
  for (const n of [3, 64, 131])
    yield problem(
      { ...flags(), kinds: DENSE.slice(0, 3), n, columnsPerShard: 300, share: 0.05, scan: true },
      random,
    )
  yield problem(
    { ...flags(), kinds: DENSE.slice(1, 4), n: 2100, columnsPerShard: 17, share: 0, scan: true },
    random,
  )
  for (const kind of SPARSE)
    yield problem(
      { kinds: [kind], n: ROWS_LONG + 3, columnsPerShard: 3, share: 1, ...flags() },
      random,
    )
  yield problem(
    { ...flags(), kinds: KINDS, n: 45, columnsPerShard: 4, share: 0.5, scan: true },
    random,
  )
  yield problem(
    { ...flags(), kinds: KINDS, n: 45, columnsPerShard: 4, share: 0, scan: true },
    random,
  )
  yield problem(
    { ...flags(), kinds: KINDS, n: 45, columnsPerShard: 4, share: 0, scan: false },
    random,
  )
  yield problem(
    { ...flags(), kinds: DENSE, n: 45, columnsPerShard: 0, share: 0, scan: true },
    random,
  )
  yield problem({ ...flags(), kinds: [], n: 0, columnsPerShard: 0, share: 0 }, random)
  yield problem(
    { ...flags(), kinds: DENSE, n: 45, columnsPerShard: 4, share: 1, sweepsMax: 0 },
    random,
  )
}

function randomValue(type: ValueType, random: Random): number {
  switch (type) {
    case 'u2':
      return random.below(4)
    case 'u8':
      return random.below(256)
    case 'i16':
      return random.below(65_536) - 32_768
    case 'f32':
      return Math.fround(random.normal())
    case 'f64':
      return random.normal() + 1
  }
}

export function randomShard(kind: Kind, n: number, m: number, random: Random): Shard {
  const density = kind.density ?? (kind.layout === 'dense' ? 0.9 : n > 1000 ? 0.002 : 0.3)
  const columns = Array.from({ length: m }, (_, j) =>
    // Every fourth column is empty.
    Array.from({ length: n }, () =>
      j % 4 === 3 || random.next() > density ? 0 : randomValue(kind.valueType, random),
    ),
  )
  const common = { rows: n, firstColumn: 0 }
  if (kind.layout === 'dense')
    return openShard(
      encodeShard({ ...common, layout: 'dense', valueType: kind.valueType, columns }),
    )
  const valueType = kind.valueType as Exclude<ValueType, 'u2'>
  const sparse = columns.map((column) => {
    const rows = [...column.keys()].filter((i) => column[i] !== 0)
    return { rows, values: rows.map((i) => column[i]!) }
  })
  return openShard(encodeShard({ ...common, layout: 'sparse', valueType, columns: sparse }))
}

interface Column {
  readonly slot: number
  readonly column: number
  readonly mean: number
  readonly scale: number
  readonly norm2: number
  /** ‖x_j‖ of the raw column. */
  readonly length: number
}

function describe(
  shard: Shard,
  slot: number,
  column: number,
  weights: Float64Array,
  centred: boolean,
): Column {
  const x = new Float64Array(shard.rows)
  forEachEntry(shard, column, (i, value) => {
    x[i] = value
  })
  const total = weights.reduce((a, b) => a + b, 0)
  const mean = centred ? x.reduce((sum, v, i) => sum + weights[i]! * v, 0) / total : 0
  const square = x.reduce((sum, v, i) => sum + weights[i]! * (v - mean) ** 2, 0)
  const scale = centred && square > 0 ? Math.sqrt(square / total) : 1
  return { slot, column, mean, scale, norm2: square / scale ** 2, length: Math.hypot(...sample(x)) }
}

/** Non-zeros only: Math.hypot takes its numbers as arguments. */
function sample(x: Float64Array): number[] {
  return [...x].filter((v) => v !== 0)
}

export function problem(options: Options, random: Random): Problem {
  const { n, centred, scan, extrapolation = 0, bare = false } = options
  const weighted = options.weighted || bare
  const shards = options.kinds.map((kind) => randomShard(kind, n, options.columnsPerShard, random))
  const weights = Float64Array.from({ length: n }, () => (weighted ? random.next() * 2 : 1))
  const weightSum = weights.reduce((a, b) => a + b, 0)
  const y = Float64Array.from({ length: n }, () => random.normal())
  const mean = y.reduce((sum, v, i) => sum + weights[i]! * v, 0) / (weightSum || 1)
  const residual = y.map((v, i) => weights[i]! * (centred ? v - mean : v))
  const all = shards.flatMap((shard, slot) =>
    Array.from({ length: shard.columns }, (_, j) => describe(shard, slot, j, weights, centred)),
  )
  // A centred column of one distinct value is rounding noise, as constant columns are to the server.
  // Norms that the kernel computes lose what the mean takes off: further from constant there.
  const least = bare ? 1e-3 : 1e-9
  const usable = all.filter((c) => c.norm2 > least * (c.length / c.scale) ** 2 && c.norm2 > 0)
  const block = usable.filter(() => random.next() < options.share)
  block.sort(() => random.next() - 0.5)
  const beta = Float64Array.from(block, (c) =>
    random.below(2) ? random.normal() / Math.sqrt(c.norm2) : 0,
  )
  const size = Math.sqrt(residual.reduce((sum, v) => sum + v * v, 0))
  // A typical |x̃ᵀr| of noise is ‖x̃‖‖r‖/√n: half of it lets some coefficients live and ends others.
  const typical = (size * Math.max(0, ...block.map((c) => Math.sqrt(c.norm2)))) / Math.sqrt(n || 1)
  const threshold = 0.5 * typical
  // Far above rounding, so that two backends end in the same sweep.
  const tolerance = (extrapolation > 0 ? 1e-5 : 1e-9) * typical
  const meanNorm2 = block.reduce((sum, c) => sum + c.norm2, 0) / (block.length || 1)
  const ridge = (options.ridge ?? 0) * meanNorm2
  const moments = bare ? [] : block
  const lease = {
    scalars: Float64Array.of(
      threshold,
      weightSum,
      options.sweepsMax,
      tolerance,
      +scan,
      extrapolation,
      ridge,
      +centred,
    ),
    residual,
    weights: weighted ? weights : new Float64Array(0),
    slot: Uint32Array.from(block, (c) => c.slot),
    column: Uint32Array.from(block, (c) => c.column),
    mean: Float64Array.from(moments, (c) => c.mean),
    scale: Float64Array.from(block, (c) => c.scale),
    norm2: Float64Array.from(moments, (c) => c.norm2),
    beta,
  }
  const kinds = options.kinds.map((kind) => `${kind.layout} ${kind.valueType}`)
  const name = [
    `${kinds.length > 1 ? 'mixed' : (kinds[0] ?? 'no shard')}, n=${n}, m=${block.length} of ${all.length}`,
    ...(weighted ? ['weights'] : []),
    ...(centred ? ['centred'] : []),
    ...(scan ? ['scan'] : []),
    `${options.sweepsMax} sweeps`,
    ...(extrapolation > 0 ? [`extrapolation ${extrapolation}`] : []),
    ...(ridge > 0 ? ['ridge'] : []),
    ...(bare ? ['bare'] : []),
  ].join(', ')
  return {
    name,
    lease,
    shards: shards.map(({ bytes }) => bytes),
    tolerance: tolerances(options, { all, block, beta, size }),
  }
}

/**
 * How far two orders of summation can be apart. A dot product of n terms errs by at most
 * n·ε·‖x_j‖‖r‖, which errs the step by that over s_j‖x̃_j‖²; every exact one-dimensional step is a
 * projection and passes earlier errors on without enlarging them (in the norm of the residual), so
 * errors add over the updates of all sweeps. ‖r‖ never exceeds what it and the coefficients began with.
 *
 * Norms that the kernel computes from sums of n terms are at least 1e-3 of them (`least` above), so they
 * err by n·ε·1e3, and a step by as much of the coefficient.
 *
 * Extrapolation solves a least-squares problem that is damped by RIDGE = 1e-12: where few coefficients
 * move, the differences are parallel and rounding comes back 1/√RIDGE = 1e6 times as large.
 */
function tolerances(
  { n, sweepsMax, extrapolation = 0, bare = false }: Options,
  given: { all: Column[]; block: Column[]; beta: Float64Array; size: number },
): Problem['tolerance'] {
  const { all, block, beta } = given
  const reach = (c: Column): number =>
    c.length / c.scale + Math.abs(c.mean / c.scale) * Math.sqrt(n)
  const size = given.size + block.reduce((sum, c, k) => sum + 2 * Math.abs(beta[k]!) * reach(c), 0)
  const dot = (c: Column): number => (n + 8) * Number.EPSILON * reach(c) * c.scale * size
  const norms = block.map((c) => Math.sqrt(c.norm2))
  const spread = block.length > 0 ? Math.max(...norms) / Math.min(...norms) : 1
  const local = Math.max(0, ...block.map((c) => dot(c) / (c.scale * c.norm2)))
  const enlarged =
    extrapolation > 0 && norms.length > 0 ? (16e6 * Number.EPSILON * size) / Math.min(...norms) : 0
  const largest = Math.max(0, ...beta.map(Math.abs)) + size / Math.min(...norms, Infinity)
  const computed = bare ? 1e3 * (n + 8) * Number.EPSILON * largest : 0
  const change = 4 * (sweepsMax * block.length + 1) * spread * (local + computed) + enlarged
  const fit = block.reduce((sum, c) => sum + change * reach(c), 0)
  return {
    change: () => change,
    fit: (_k, want) => fit + (block.length + 2) * Number.EPSILON * (size + Math.abs(want)),
    // Rounded to f32 at the end, from f64 sums that may lie on two sides of a boundary.
    gradient: (k, want) => dot(all[k]!) + 2 ** -23 * Math.abs(want),
    // Sweeps are equal; the last sweep's largest ‖x̃‖²|δ| moves as its δ does.
    stats: (k) => (k === 0 ? 0 : 2 * change * Math.max(0, ...block.map((c) => c.norm2))),
  }
}
