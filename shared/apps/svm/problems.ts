/**
 * Random leases over shards of every kind, with the tolerances their arithmetic allows: what the
 * conformance suite runs. Small and awkward on purpose: one feature, odd lengths, empty examples.
 */
import { forEachEntry } from '../../columns.ts'
import { type Kind, randomShard } from '../../linear/problems.ts'
import type { Random } from '../../random.ts'
import type { Shard } from '../../shard.ts'
import type { Problem } from '../problem.ts'

interface Options {
  /** One shard of each; a lease mixes them. */
  readonly kinds: readonly Kind[]
  readonly d: number
  readonly examplesPerShard: number
  readonly squared: boolean
  readonly bias: number
  readonly scan: boolean
  readonly sweeps: number
  /** Share of the examples in the block. */
  readonly share: number
}

const KINDS: Kind[] = [
  ...(['u2', 'u8', 'i16', 'f32', 'f64'] as const).map(
    (valueType): Kind => ({ layout: 'dense', valueType }),
  ),
  ...(['u8', 'i16', 'f32', 'f64'] as const).map(
    (valueType): Kind => ({ layout: 'sparse', valueType }),
  ),
]

/** Features from which a sparse shard needs u32 indices. */
const FEATURES_LONG = 65_537

export function* svmProblems(random: Random): Generator<Problem> {
  const flags = () => ({
    squared: random.below(2) === 1,
    bias: random.below(2) * random.next(),
    scan: random.below(2) === 1,
    sweeps: 1 + random.below(6),
  })
  for (const kind of KINDS) {
    for (const [d, examplesPerShard] of [
      [1, 1],
      [2, 3],
      [37, 1],
      [64, 9],
      [131, 20],
    ] as const)
      yield problem({ kinds: [kind], d, examplesPerShard, share: 0.8, ...flags() }, random)
  }
  const mixed = { kinds: KINDS, d: 45, examplesPerShard: 6 }
  for (const share of [1, 0.5, 0])
    yield problem({ ...mixed, ...flags(), share, scan: true }, random)
  yield problem({ ...mixed, ...flags(), share: 1, sweeps: 0 }, random)
  yield problem({ ...mixed, ...flags(), share: 0, scan: false }, random)
  yield problem({ ...flags(), kinds: [], d: 0, examplesPerShard: 0, share: 0 }, random)
  for (const kind of [KINDS[5]!, KINDS[8]!])
    yield problem(
      { ...flags(), kinds: [kind], d: FEATURES_LONG + 3, examplesPerShard: 3, share: 1 },
      random,
    )
}

interface Example {
  readonly slot: number
  readonly column: number
  /** ‖x‖². */
  readonly square: number
  readonly label: number
}

export function problem(options: Options, random: Random): Problem {
  const { kinds, d, examplesPerShard, squared, scan, sweeps } = options
  const shards = kinds.map((kind) => randomShard(kind, d, examplesPerShard, random))
  const all = shards.flatMap((shard, slot) =>
    Array.from({ length: shard.columns }, (_, column): Example => {
      return { slot, column, square: squareOf(shard, column), label: 2 * random.below(2) - 1 }
    }),
  )
  const typical = Math.max(1e-9, all.reduce((sum, { square }) => sum + square, 0) / all.length || 1)
  const bias = options.bias * Math.sqrt(typical)
  const diagonal = squared ? typical : 0
  const upper = squared ? Infinity : 1 / typical
  const norm2 = ({ square }: Example): number => square + bias * bias + diagonal
  const block = all.filter((e) => norm2(e) > 0 && random.next() < options.share)
  const alpha = Float64Array.from(block, () => [0, 1, random.next()][random.below(3)]! / typical)
  const w = Float64Array.from({ length: d }, () => random.normal() / Math.sqrt(typical * d))
  const biasWeight = bias > 0 ? random.normal() / bias : 0
  const lease = {
    scalars: Float64Array.of(
      ...[upper, diagonal, bias, biasWeight, sweeps * block.length],
      // Far above rounding, so that two backends end in the same sweep.
      ...[1e-6, Number(scan), 1 + random.below(1e6)],
    ),
    w,
    slot: Uint32Array.from(block, ({ slot }) => slot),
    column: Uint32Array.from(block, ({ column }) => column),
    label: Float64Array.from(block, ({ label }) => label),
    norm2: Float64Array.from(block, norm2),
    alpha,
  }
  const what = `${block.length} of ${all.length} examples, ${d} features, ${sweeps} sweeps`
  const kind = kinds.length > 1 ? 'mixed' : kinds[0] && `${kinds[0].layout} ${kinds[0].valueType}`
  return {
    name: `${kind ?? 'no shard'}, ${what}${squared ? ', squared' : ''}${scan ? ', scan' : ''}`,
    lease,
    shards: shards.map(({ bytes }) => bytes),
    tolerance: tolerances(
      options,
      all,
      lease,
      block.map(({ square }) => Math.sqrt(square)),
    ),
  }
}

function squareOf(shard: Shard, column: number): number {
  let sum = 0
  forEachEntry(shard, column, (_, x) => {
    sum += x * x
  })
  return sum
}

/**
 * How far two orders of summation can be apart. A dot product of d terms errs by at most
 * d·ε·‖x‖‖w‖, which errs the step by that over Q_ii; every step is an exact projection and passes
 * earlier errors on without enlarging them (in the norm of Q), so errors add over all visits. ‖w‖
 * never exceeds what it began with and all that the block could have added.
 */
function tolerances(
  { d, sweeps }: Options,
  all: readonly Example[],
  { w, norm2, alpha, scalars }: Record<'w' | 'norm2' | 'alpha' | 'scalars', Float64Array>,
  lengths: readonly number[],
): Problem['tolerance'] {
  const reach = Math.max(0, ...lengths, scalars[2]!)
  const least = norm2.length > 0 ? Math.min(...norm2) : 1
  const start = Math.hypot(Math.sqrt(w.reduce((sum, v) => sum + v * v, 0)), scalars[3]!)
  const moved = lengths.reduce((sum, length, k) => sum + length * (1 / norm2[k]! + alpha[k]!), 0)
  const size = start + sweeps * moved
  const rounding = (d + 8) * Number.EPSILON
  const gradient = rounding * reach * size + rounding
  const visits = sweeps * norm2.length + 1
  const spread = norm2.length > 0 ? Math.sqrt(Math.max(...norm2) / least) : 1
  const each = 4 * visits * spread * (gradient / least)
  return {
    alpha: (_k, want) => each + Number.EPSILON * want,
    change: (_k, want) => norm2.length * each * reach + rounding * Math.abs(want),
    score: (k, want) => rounding * Math.sqrt(all[k]!.square) * size + 2 ** -23 * Math.abs(want),
    // Visits are equal; the spread moves as the gradients do.
    stats: (k) => (k === 0 ? 0 : 2 * (gradient + reach * reach * norm2.length * each)),
  }
}
