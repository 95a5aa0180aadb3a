/** A driver that plays a factorisation's job without a server, for tests. */
import type { App, Block, Dataset, Push } from '../app.ts'
import type { Memory, Recalled } from '../apps/kernel.ts'
import { type Random, seededRandom } from '../random.ts'
import type { Arrays } from '../wire.ts'

/** An app, and what tabs do for it. */
export interface Played<Spec, State> {
  readonly app: App<Spec, State>
  readonly push: Push
  readonly openMemory: () => Memory
}

export interface Driven<State> {
  readonly state: State
  /** Log records in order, as they would lie on disk. */
  readonly records: Arrays[]
  readonly notes: string[]
  readonly refusals: string[]
  readonly leases: number
  /** Of all leases, as they would travel. */
  readonly bytesDown: number
}

export interface DriveOptions<State> {
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
  readonly onLease?: (state: State, block: Block) => void
  readonly onPull?: (state: State, block: Block) => void
}

/** Play a job to its end: `slots` leases in flight, answered in random order. */
export function play<Spec, State>(
  { app, push, openMemory }: Played<Spec, State>,
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: DriveOptions<State>,
): Driven<State> {
  const { slots = 3, tabs = 0, seed = 1, order = seed } = options
  const { workPerMs = 1000, spoil = (a) => a, push: compute = push } = options
  const random = seededRandom(order ^ 0x5eed)
  const state = app.open(app.spec.parse(spec), dataset, seededRandom(seed))
  const driven = { state, records: [] as Arrays[], notes: [] as string[], refusals: [] as string[] }
  const memories = Array.from({ length: tabs }, openMemory)
  const flight: { block: Block; recalled: Recalled }[] = []
  let leases = 0
  let bytesDown = 0
  for (let step = 0; step < 200_000 && !app.finished(state); step++) {
    while (flight.length < slots) {
      const tab = tabs > 0 ? random.below(tabs) : 0
      const memory = tabs > 0 ? { memory: `tab ${tab}` } : {}
      const offer = { workPerMs, rttMs: 1, holds: () => true, slots, ...memory }
      const block = app.schedule(state, offer)
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
    const fault = answer ? app.check(state, block, answer) : 'none'
    if (!answer || fault !== null) {
      if (answer) driven.refusals.push(fault!)
      app.release(state, block)
      continue
    }
    driven.records.push(copyOf(app.pull(state, block, answer).record))
    options.onPull?.(state, block)
    for (let moved = app.advance(state); moved; moved = app.advance(state)) {
      driven.records.push(moved.record)
      driven.notes.push(moved.note)
    }
  }
  if (!app.finished(state)) throw new Error(`seed ${seed}: not finished`)
  return { ...driven, leases, bytesDown }
}

/** As the log would hold it, whatever happens to the arrays afterwards. */
function copyOf(record: Arrays): Arrays {
  return Object.fromEntries(Object.entries(record).map(([name, array]) => [name, array.slice()]))
}
