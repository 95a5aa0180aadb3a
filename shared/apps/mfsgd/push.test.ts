/** What the kernel refuses, that a step is the one it says, and that passes learn. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random.ts'
import { encodeShard, openShard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { LEVELS, SCALARS, STATE_AT, STATES, widthOf } from './buffers.ts'
import { fromBytes, toBytes } from './bytes.ts'
import { kernel } from './kernel.ts'
import { sgdProblems } from './problems.ts'
import { push } from './push.ts'
import { scalarsOf, startSize } from './rates.ts'

const problems = [...sgdProblems(seededRandom(4))]
const RATES = { rank: 6, biases: true, eta: 0.12, lambda: 0.025, lambdaBias: 0.02 }

describe('shape', () => {
  const { lease, shards } = problems[5]!
  const opened = shards.map(openShard)

  it('has room for what a push returns', () => {
    for (const problem of problems) {
      const views = problem.shards.map(openShard)
      const delta = push(problem.lease, views)
      const lengths = kernel.buffers.delta.map(({ name }) => delta[name]!.length)
      expect(lengths).toEqual(kernel.shape(problem.lease, views))
    }
  })

  it.each([
    ['scalars', Float64Array.of(32), /"scalars" has length 1 instead of 9/],
    ['scalars', lease.scalars!.map(() => 0), /rank 0 instead of 1 … 512/],
    ['scalars', lease.scalars!.map((x, k) => (k === SCALARS.firstItem ? 1e6 : x)), /not within/],
    ['slot', lease.slot!.map(() => 9), /is in slot 9 of 2/],
    ['column', lease.column!.map(() => 99), /ends at column 1\d\d of/],
    ['users', lease.users!.slice(1), /"users" has length/],
    ['items', lease.items!.slice(1), /"items" has length/],
    ['userState', lease.userState!.slice(1), /"userState" has length/],
    ['itemState', new Float64Array(4), /"itemState" is f64 instead of f32/],
  ] as const)('refuses a wrong %s', (name, array, message) => {
    expect(() => kernel.shape({ ...lease, [name]: array }, opened)).toThrow(message)
  })
})

describe('bytes', () => {
  it('are within half a unit of the row, and what they become', () => {
    const random = seededRandom(7)
    const width = 8
    const rows = Float32Array.from({ length: 5 * width }, () => 3 * random.normal())
    rows.fill(0, width, 2 * width)
    const states = new Float32Array(5 * STATES)
    const bytes = toBytes(rows, states)
    const back = fromBytes(bytes, states)
    rows.forEach((x, k) => {
      const unit = states[Math.floor(k / width) * STATES + STATE_AT.scale]!
      expect(Math.abs(back[k]! - x)).toBeLessThanOrEqual(0.501 * unit)
    })
    expect(Math.max(...bytes)).toBeLessThanOrEqual(LEVELS)
    expect(states[STATES + STATE_AT.scale]).toBe(0)
    expect(toBytes(back, states.slice())).toEqual(bytes)
  })
})

/** A cell of everything: `ratings` of each user, items ascending. */
function cellOf(ratings: readonly (readonly [item: number, rating: number])[][], items: number) {
  const columns = ratings.map((each) => ({
    rows: each.map(([item]) => item),
    values: each.map(([, rating]) => rating),
  }))
  const shape = { layout: 'sparse', valueType: 'f32', rows: items, firstColumn: 0 } as const
  return openShard(encodeShard({ ...shape, columns }))
}

function randomRows(count: number, size: number, seed: number) {
  const random = seededRandom(seed)
  const width = widthOf(RATES.rank)
  const rows = Float32Array.from({ length: count * width }, (_, k) =>
    k % width < RATES.rank ? size * random.normal() : 0,
  )
  const states = new Float32Array(count * STATES)
  return { bytes: toBytes(rows, states), states }
}

function leaseOf(users: number, items: number, mean: number, deviation: number): Arrays {
  const [p, q] = [randomRows(users, 0.5, 1), randomRows(items, 0.5, 2)]
  return {
    scalars: scalarsOf(RATES, mean, deviation),
    ...{ slot: Uint32Array.of(0), column: Uint32Array.of(0), columns: Uint32Array.of(users) },
    ...{ users: p.bytes, userState: p.states, items: q.bytes, itemState: q.states },
  }
}

it('moves both rows of a rating down the gradient of its penalised error, each at its own rate', () => {
  const [mean, deviation, rating] = [3, 1.5, 4.5]
  const shard = cellOf([[[0, rating]]], 1)
  const lease = leaseOf(1, 1, mean, deviation)
  lease.userState![STATE_AT.sum] = 8
  lease.userState![STATE_AT.bias] = 0.4
  const after = push(lease, [shard])
  const p = fromBytes(lease.users!, lease.userState!)
  const q = fromBytes(lease.items!, lease.itemState!)
  const error = rating - mean - 0.4 - p.reduce((sum, x, k) => sum + x * q[k]!, 0)
  expect(after.loss![0]).toBeCloseTo(error ** 2, 4)
  expect(after.loss![1]).toBe(1)
  const { eta, lambda, lambdaBias, rank } = RATES
  const step = (x: number, y: number, sum: number): number =>
    x + (eta / deviation / Math.sqrt(1 + sum)) * (error * y - lambda * deviation * x)
  const [toP, toQ] = [
    fromBytes(after.users!, after.userState!),
    fromBytes(after.items!, after.itemState!),
  ]
  const unit = after.userState![STATE_AT.scale]! + after.itemState![STATE_AT.scale]!
  for (let k = 0; k < rank; k++) {
    expect(Math.abs(toP[k]! - step(p[k]!, q[k]!, 8))).toBeLessThan(unit)
    expect(Math.abs(toQ[k]! - step(q[k]!, p[k]!, 0))).toBeLessThan(unit)
  }
  expect(after.userState![STATE_AT.bias]).toBeCloseTo(0.4 + eta * (error - lambdaBias * 0.4), 5)
  const norm = q.reduce((sum, x) => sum + x * x, 0)
  const grown = 8 + (error ** 2 * norm) / (rank * deviation ** 3)
  expect(after.userState![STATE_AT.sum]).toBeCloseTo(grown, 4)
  expect(after.itemState![STATE_AT.biasSum]).toBeCloseTo((error / deviation) ** 2, 4)
})

it('learns planted tastes, cell by cell as in one', () => {
  const [users, items] = [60, 40]
  const random = seededRandom(3)
  const tastes = Array.from({ length: users }, () => [random.normal(), random.normal()])
  const kinds = Array.from({ length: items }, () => [random.normal(), random.normal()])
  const shard = cellOf(
    tastes.map((taste) =>
      kinds.map((kind, i) => [i, 3 + taste[0]! * kind[0]! + taste[1]! * kind[1]!] as const),
    ),
    items,
  )
  const scalars = scalarsOf(RATES, 3, Math.SQRT2)
  const start = randomRows(items, startSize(Math.SQRT2), 5)
  const width = widthOf(RATES.rank)
  const model: Arrays = {
    ...{ users: new Int8Array(users * width), userState: new Float32Array(users * STATES) },
    ...{ items: start.bytes, itemState: start.states },
  }
  const losses: number[] = []
  for (let epoch = 0; epoch < 30; epoch++) {
    let loss = 0
    for (const first of [0, items / 2]) loss += passOver(model, scalars, shard, first, items / 2)
    losses.push(Math.sqrt(loss / (users * items)))
  }
  expect(losses[0]).toBeGreaterThan(1.2)
  expect(losses.at(-1)).toBeLessThan(0.15)
})

/** A pass over all users and `n` items; returns the loss. */
function passOver(
  model: Arrays,
  given: Float64Array,
  shard: ReturnType<typeof openShard>,
  first: number,
  n: number,
): number {
  const width = widthOf(RATES.rank)
  const scalars = given.slice()
  scalars[SCALARS.firstItem] = first
  const delta = push(
    {
      ...{ scalars, users: model.users!, userState: model.userState! },
      ...{ slot: Uint32Array.of(0), column: Uint32Array.of(0) },
      columns: Uint32Array.of(shard.columns),
      items: model.items!.slice(first * width, (first + n) * width),
      itemState: model.itemState!.slice(first * STATES, (first + n) * STATES),
    },
    [shard],
  )
  model.users!.set(delta.users!)
  model.userState!.set(delta.userState!)
  model.items!.set(delta.items!, first * width)
  model.itemState!.set(delta.itemState!, first * STATES)
  return delta.loss![0]!
}
