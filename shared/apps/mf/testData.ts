/** A driver that plays the grid, for the tests of matrix factorisation. */
import type { Block, Dataset, Push } from '../../app.ts'
import { type Random, seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import type { Recalled } from '../kernel.ts'
import { mf } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { MfState } from './state.ts'

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
