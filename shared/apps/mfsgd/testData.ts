/** A driver that plays the grid, for the tests of matrix factorisation by SGD; planted ratings. */
import type { Block, Dataset, Push } from '../../app.ts'
import type { Rating } from '../../factors/testData.ts'
import { type Random, seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import type { Recalled } from '../kernel.ts'
import { mfsgd } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { SgdState } from './state.ts'

/** Ratings drawn from `rank` factors and biases, with noise; a tenth of them held out. */
export function plantedRatings(
  seed: number,
  options: { users: number; items: number; each: number; rank: number; noise: number },
): { train: Rating[]; test: Rating[] } {
  const { users, items, each, rank, noise } = options
  const random = seededRandom(seed)
  const rows = (n: number) =>
    Array.from({ length: n }, () =>
      Float64Array.from({ length: rank + 1 }, () => random.normal() / rank ** 0.25),
    )
  const [w, h] = [rows(users), rows(items)]
  const [train, test]: [Rating[], Rating[]] = [[], []]
  for (let u = 0; u < users; u++) {
    const seen = new Set<number>()
    while (seen.size < each) seen.add(random.below(items))
    for (const i of seen) {
      let fit = 3 + 0.5 * (w[u]![rank]! + h[i]![rank]!)
      for (let k = 0; k < rank; k++) fit += w[u]![k]! * h[i]![k]!
      const side = random.below(10) === 0 ? test : train
      side.push([u, i, fit + noise * random.normal()])
    }
  }
  return { train, test }
}

export interface Driven {
  readonly state: SgdState
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
  readonly onLease?: (state: SgdState, block: Block) => void
}

/** Play a job to its end: `slots` leases in flight, answered in random order. */
export function drive(
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: DriveOptions = {},
): Driven {
  const { slots = 3, tabs = 0, seed = 1, order = seed } = options
  const { workPerMs = 1000, spoil = (a) => a, push: compute = push } = options
  const random = seededRandom(order ^ 0x5eed)
  const state = mfsgd.open(mfsgd.spec.parse(spec), dataset, seededRandom(seed))
  const driven = { state, records: [] as Arrays[], notes: [] as string[], refusals: [] as string[] }
  const memories = Array.from({ length: tabs }, openMemory)
  const flight: { block: Block; recalled: Recalled }[] = []
  let leases = 0
  let bytesDown = 0
  for (let step = 0; step < 200_000 && !mfsgd.finished(state); step++) {
    while (flight.length < slots) {
      const tab = tabs > 0 ? random.below(tabs) : 0
      const memory = tabs > 0 ? { memory: `tab ${tab}` } : {}
      const offer = { workPerMs, rttMs: 1, holds: () => true, slots, ...memory }
      const block = mfsgd.schedule(state, offer)
      if ('idle' in block) break
      options.onLease?.(state, block)
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
    const fault = answer ? mfsgd.check(state, block, answer) : 'none'
    if (!answer || fault !== null) {
      if (answer) driven.refusals.push(fault!)
      mfsgd.release(state, block)
      continue
    }
    driven.records.push(copyOf(mfsgd.pull(state, block, answer).record))
    for (let moved = mfsgd.advance(state); moved; moved = mfsgd.advance(state)) {
      driven.records.push(moved.record)
      driven.notes.push(moved.note)
    }
  }
  if (!mfsgd.finished(state)) throw new Error(`seed ${seed}: not finished`)
  return { ...driven, leases, bytesDown }
}

/** As the log would hold it, whatever happens to the arrays afterwards. */
function copyOf(record: Arrays): Arrays {
  return Object.fromEntries(Object.entries(record).map(([name, array]) => [name, array.slice()]))
}
