/**
 * Random leases of factorisation by SGD over shards of every sparse kind: what the conformance suite
 * runs. Small and awkward on purpose: ranks that fill no vector, users without ratings, cells without
 * any, items before and after the cell. Kernels are deterministic, so the tolerance is none.
 */
import type { Random } from '../../random.ts'
import { encodeShard } from '../../shard.ts'
import type { Problem } from '../problem.ts'
import { delta, SCALARS, STATE_AT, STATES, widthOf } from './buffers.ts'
import { toBytes } from './bytes.ts'
import { scalarsOf } from './rates.ts'

const VALUE_TYPES = ['u8', 'i16', 'f32', 'f64'] as const
/** Items from which a shard needs u32 indices. */
const ITEMS_LONG = 65_537

export interface Options {
  readonly rank: number
  readonly items: number
  /** Of each shard. */
  readonly users: number
  /** Of a user, about. */
  readonly ratings: number
  readonly valueType: (typeof VALUE_TYPES)[number]
  readonly biases: boolean
}

export function* sgdProblems(random: Random): Generator<Problem> {
  for (const valueType of VALUE_TYPES)
    for (const rank of [1, 4, 7, 16, 25, 32, 64])
      yield problem({ rank, valueType, items: 40, users: 9, ratings: 12, biases: true }, random)
  const common = { valueType: 'u8', users: 12, biases: true } as const
  yield problem({ ...common, rank: 32, items: ITEMS_LONG, ratings: 60 }, random)
  yield problem({ ...common, rank: 64, items: 300, ratings: 120, biases: false }, random)
  yield problem({ ...common, rank: 130, items: 30, ratings: 20 }, random)
  yield problem({ ...common, rank: 8, items: 30, ratings: 0 }, random)
}

export function problem(options: Options, random: Random): Problem {
  const { rank, valueType, biases } = options
  const shards = [randomShard(options, 0, random), randomShard(options, options.users, random)]
  const first = random.below(Math.ceil(options.items / 3))
  const n = 1 + random.below(Math.min(200, options.items - first))
  // All of the second shard, then some of the first.
  const from = random.below(options.users)
  const runs = [
    [1, 0, options.users],
    [0, from, 1 + random.below(options.users - from)],
  ] as const
  const m = runs.reduce((sum, [, , columns]) => sum + columns, 0)
  const rates = { rank, biases, eta: 0.12, lambda: 0.025, lambdaBias: 0.02 }
  const scalars = scalarsOf(rates, random.next() * 5, 0.5 + 2 * random.next())
  scalars[SCALARS.firstItem] = first
  const users = randomRows(m, options, random)
  const items = randomRows(n, options, random)
  return {
    name: `${valueType}, K=${rank}, ${m} users × ${n} items of ${options.items}`,
    shards,
    tolerance: Object.fromEntries(delta.map(({ name }) => [name, () => 0])),
    lease: {
      scalars,
      slot: Uint32Array.from(runs, ([slot]) => slot),
      column: Uint32Array.from(runs, ([, column]) => column),
      columns: Uint32Array.from(runs, ([, , columns]) => columns),
      ...{ users: users.bytes, userState: users.states },
      ...{ items: items.bytes, itemState: items.states },
    },
  }
}

function randomShard(options: Options, firstColumn: number, random: Random): Uint8Array {
  const { items, users, ratings, valueType } = options
  const columns = Array.from({ length: users }, (_, j) => {
    // Every fifth user has rated nothing.
    const draws = j % 5 === 4 ? 0 : ratings
    // Half of them among the first items, where the cell is.
    const draw = (_: unknown, e: number) => random.below(e % 2 === 0 ? items : Math.min(items, 200))
    const rows = [...new Set(Array.from({ length: draws }, draw))].sort((a, b) => a - b)
    const isWhole = valueType === 'u8' || valueType === 'i16'
    return { rows, values: rows.map(() => (isWhole ? 1 + random.below(10) : random.next() + 0.1)) }
  })
  const values = valueType === 'f32' ? columns.map(rounded) : columns
  return encodeShard({ rows: items, firstColumn, layout: 'sparse', valueType, columns: values })
}

function rounded({ rows, values }: { rows: number[]; values: number[] }) {
  return { rows, values: values.map(Math.fround) }
}

function randomRows(count: number, { rank, biases }: Options, random: Random) {
  const width = widthOf(rank)
  const rows = Float32Array.from({ length: count * width }, (_, k) =>
    k % width < rank ? random.normal() / Math.sqrt(rank) : 0,
  )
  // Every seventh row is what it is in the beginning.
  for (let row = 3; row < count; row += 7) rows.fill(0, row * width, (row + 1) * width)
  const states = Float32Array.from({ length: count * STATES }, (_, k) =>
    k % STATES === STATE_AT.bias ? Number(biases) * random.normal() : 5 * random.next(),
  )
  return { bytes: toBytes(rows, states), states }
}
