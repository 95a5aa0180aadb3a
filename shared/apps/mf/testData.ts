/** Small seeded rating sets for the tests of matrix factorisation, and a driver that plays the grid. */
import type { Block, Dataset, Push } from '../../app.ts'
import type { Manifest } from '../../dataset.ts'
import { type Random, seededRandom } from '../../random.ts'
import { encodeShard, openShard, type Shard } from '../../shard.ts'
import { type Arrays, encodeFrame } from '../../wire.ts'
import type { Recalled } from '../kernel.ts'
import { mf } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { MfState } from './state.ts'

export type Rating = readonly [user: number, item: number, rating: number]

/** Ratings as an ingested dataset, `perShard` rows of a side to a shard. */
export function datasetOf(
  ratings: readonly Rating[],
  users: number,
  items: number,
  options: {
    test?: readonly Rating[]
    validation?: readonly Rating[]
    perShard?: number
    valueType?: 'u8' | 'f64'
  } = {},
): Dataset {
  const { perShard = 40, valueType = 'f64' } = options
  const cut = (side: 0 | 1): Shard[] => {
    const [count, rows] = side === 0 ? [users, items] : [items, users]
    const columns = Array.from({ length: count }, () => ({
      rows: [] as number[],
      values: [] as number[],
    }))
    for (const rating of [...ratings].sort((a, b) => a[1 - side]! - b[1 - side]!)) {
      columns[rating[side]]!.rows.push(rating[1 - side]!)
      columns[rating[side]]!.values.push(rating[2])
    }
    const shards: Shard[] = []
    for (let firstColumn = 0; firstColumn < count; firstColumn += perShard) {
      const mine = columns.slice(firstColumn, firstColumn + perShard)
      const shape = { layout: 'sparse', valueType, rows, firstColumn } as const
      shards.push(openShard(encodeShard({ ...shape, columns: mine })))
    }
    return shards
  }
  const sides = [
    ...cut(1).map((shard) => ({ shard, side: 'columns' })),
    ...cut(0).map((shard) => ({ shard, side: 'rows' })),
  ]
  const entries = sides.map(({ shard, side }, k) => {
    const { firstColumn, columns, nonZeros } = shard
    const common = { layout: 'sparse', valueType, bytes: shard.bytes.byteLength }
    return { hash: `shard ${k}`, firstColumn, columns, nonZeros, side, ...common }
  })
  const shape = { rows: users, columns: items, nonZeros: ratings.length }
  const manifest = { kind: 'ratings', name: 'test', ...shape, shards: entries }
  return {
    manifest: manifest as unknown as Manifest,
    target: null,
    shard: (k) => sides[k]!.shard,
    columnName: (i) => `item ${i}`,
    rowName: (u) => `user ${u}`,
    extra(name) {
      const set = name === 'test' || name === 'validation' ? options[name] : undefined
      return set && ratingsFrame(set)
    },
  }
}

function ratingsFrame(test: readonly Rating[]): Uint8Array {
  return encodeFrame(
    {},
    {
      user: Uint32Array.from(test, ([u]) => u),
      item: Uint32Array.from(test, ([, i]) => i),
      rating: Float32Array.from(test, ([, , a]) => a),
    },
  )
}

/** Ratings of a power law on both sides, from two factors, biases and noise; some rows have none. */
export function randomRatings(seed: number, users = 60, items = 50, count = 600): Rating[] {
  const random = seededRandom(seed)
  const taste = Array.from({ length: users }, () => [random.normal(), random.normal()])
  const kind = Array.from({ length: items }, () => [random.normal(), random.normal()])
  const pairs = new Map<string, Rating>()
  for (let tries = 0; tries < count; tries++) {
    const u = Math.floor(users * random.next() ** 2)
    const i = Math.floor(items * random.next() ** 3)
    const fit =
      3 + taste[u]![0]! * kind[i]![0]! + taste[u]![1]! * kind[i]![1]! + 0.3 * taste[u]![0]!
    pairs.set(`${u} ${i}`, [u, i, Math.round(4 * Math.abs(fit + 0.3 * random.normal())) / 4])
  }
  return [...pairs.values()]
}

export interface Driven {
  readonly state: MfState
  /** Log records in order, as they would lie on disk. */
  readonly records: Arrays[]
  readonly notes: string[]
  readonly refusals: string[]
  readonly leases: number
  /** Of all leases, as they would travel. */
  readonly bytesDown: number
}

export interface DriveOptions {
  readonly slots?: number
  /** Slots are dealt to so many tabs with a memory; 0: leases are whole. */
  readonly tabs?: number
  readonly seed?: number
  /** Chance of the order of answers and of what spoils them; the job's own seed is `seed`. */
  readonly order?: number
  readonly workPerMs?: number
  readonly push?: Push
  /** May replace an answer, or return null for a tab that dies with the lease. */
  readonly spoil?: (answer: Arrays, random: Random) => Arrays | null
  readonly onPull?: (state: MfState, block: Block) => void
}

/** Play a job to its end: `slots` leases in flight, answered in random order. */
export function drive(
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: DriveOptions = {},
): Driven {
  const {
    slots = 3,
    tabs = 0,
    seed = 1,
    order = seed,
    workPerMs = 1000,
    spoil = (a) => a,
  } = options
  const random = seededRandom(order ^ 0x5eed)
  const state = mf.open(mf.spec.parse(spec), dataset, seededRandom(seed))
  const driven = { state, records: [] as Arrays[], notes: [] as string[], refusals: [] as string[] }
  const compute = options.push ?? push
  const memories = Array.from({ length: tabs }, openMemory)
  const flight: { block: Block; recalled: Recalled }[] = []
  let leases = 0
  let bytesDown = 0
  for (let step = 0; step < 200_000 && !mf.finished(state); step++) {
    while (flight.length < slots) {
      const tab = tabs > 0 ? random.below(tabs) : 0
      const memory = tabs > 0 ? { memory: `tab ${tab}` } : {}
      const block = mf.schedule(state, { workPerMs, rttMs: 1, holds: () => true, slots, ...memory })
      if ('idle' in block) break
      for (const array of Object.values(block.arrays)) bytesDown += array.byteLength
      const whole = { lease: block.arrays, keep: () => undefined }
      flight.push({ block, recalled: memories[tab]?.recall(block.arrays) ?? whole })
      leases++
    }
    const [taken] = flight.splice(random.below(flight.length), 1)
    if (!taken) throw new Error(`seed ${seed}: nothing in flight and nothing to lease`)
    const { block, recalled } = taken
    const computed = compute(recalled.lease, block.shards.map(dataset.shard))
    recalled.keep(computed)
    const answer = spoil(computed, random)
    const fault = answer ? mf.check(state, block, answer) : 'none'
    if (!answer || fault !== null) {
      if (answer) driven.refusals.push(fault!)
      mf.release(state, block)
      continue
    }
    driven.records.push(mf.pull(state, block, answer).record)
    options.onPull?.(state, block)
    for (let moved = mf.advance(state); moved; moved = mf.advance(state)) {
      driven.records.push(moved.record)
      driven.notes.push(moved.note)
    }
  }
  if (!mf.finished(state)) throw new Error(`seed ${seed}: not finished`)
  return { ...driven, leases, bytesDown }
}
