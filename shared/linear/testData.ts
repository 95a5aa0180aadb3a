/** Small seeded problems for tests of linear models, and a driver that plays the grid in one thread. */
import type { App, Block, Dataset } from '../app.ts'
import { plainPasses } from '../columns/passes.ts'
import type { Manifest } from '../dataset.ts'
import { type Random, seededRandom } from '../random.ts'
import { encodeShard, openShard, type Shard } from '../shard.ts'
import type { Arrays } from '../wire.ts'
import { push } from './push.ts'
import type { LinearSpec } from './spec.ts'
import type { LinearState } from './state.ts'

/** Columns of a matrix and a target as an ingested dataset, `perShard` columns to a shard. */
export function datasetOf(columns: Float64Array[], target: Float64Array, perShard = 7): Dataset {
  const rows = target.length
  const shards: Shard[] = []
  for (let first = 0; first < columns.length; first += perShard)
    shards.push(
      openShard(
        encodeShard({
          layout: 'dense',
          valueType: 'f64',
          rows,
          firstColumn: first,
          columns: columns.slice(first, first + perShard),
        }),
      ),
    )
  const manifest = {
    name: 'test',
    rows,
    columns: columns.length,
    shards: shards.map(({ firstColumn, columns, bytes }) => ({
      ...{ firstColumn, columns, bytes: bytes.byteLength },
    })),
  } as unknown as Manifest
  return {
    manifest,
    target,
    shard: (k) => shards[k]!,
    columnName: (j) => `x${j + 1}`,
    rowName: (i) => `${i + 1}`,
    extra: () => undefined,
  }
}

/** The same on a host that has passes of its own: it looks at the gradients of small data itself. */
export const withPasses = (dataset: Dataset): Dataset => ({ ...dataset, passes: plainPasses })

/** Correlated columns (a shared factor per group of 5), one constant, a sparse truth and noise. */
export function randomDataset(seed: number, rows = 40, columns = 60): Dataset {
  const random = seededRandom(seed)
  const normals = (): Float64Array => Float64Array.from({ length: rows }, () => random.normal())
  let factor = normals()
  const x = Array.from({ length: columns }, (_, j) => {
    if (j % 5 === 0) factor = normals()
    if (j === 3) return new Float64Array(rows).fill(2)
    const noise = normals()
    return factor.map((f, i) => 3 + 2 * (0.8 * f + 0.6 * noise[i]!))
  })
  const y = normals().map((e) => 5 + 0.5 * e)
  for (let k = 0; k < 6; k++) {
    const column = x[random.below(columns)]!
    const size = random.normal()
    for (let i = 0; i < rows; i++) y[i]! += size * column[i]!
  }
  return datasetOf(x, y)
}

type LinearApp<Spec extends LinearSpec> = App<Spec, LinearState<Spec>>

export interface Driven<Spec extends LinearSpec = LinearSpec> {
  readonly app: LinearApp<Spec>
  readonly state: LinearState<Spec>
  /** Log records in order, as they would lie on disk. */
  readonly records: Arrays[]
  readonly notes: string[]
  /** Blocks leased. */
  readonly leased: Block[]
  /** P after every pull of the first lane. */
  readonly objectives: number[]
}

export interface DriveOptions {
  slots?: number
  seed?: number
  stepsMax?: number
  /** Speed of every slot: leases of few sweeps by default. */
  workPerMs?: number
  spoil?: (answer: Arrays, random: Random) => Arrays | null
}

/**
 * Play a job to its end: `slots` leases in flight, answered in random order. `spoil` may replace an
 * answer, or return null for a tab that dies with the lease.
 */
export function drive<Spec extends LinearSpec>(
  app: LinearApp<Spec>,
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: DriveOptions = {},
): Driven<Spec> {
  const { slots = 3, seed = 1, stepsMax = 20_000, workPerMs = 20, spoil = (a) => a } = options
  const random = seededRandom(seed ^ 0x5eed)
  const state = app.open(app.spec.parse(spec), dataset, seededRandom(seed))
  const driven: Driven<Spec> = { app, state, records: [], notes: [], leased: [], objectives: [] }
  const flight: Block[] = []
  moveOn(driven)
  for (let step = 0; step < stepsMax && !app.finished(state); step++) {
    while (flight.length < slots) {
      const offer = { workPerMs, rttMs: 1, holds: () => true, slots }
      const block = app.schedule(state, offer)
      if ('idle' in block) break
      flight.push(block)
      driven.leased.push(block)
    }
    const [block] = flight.splice(random.below(flight.length), 1)
    if (!block) throw new Error(`seed ${seed}: nothing in flight and nothing to lease`)
    answer(driven, block, dataset, random, spoil)
  }
  if (!app.finished(state)) throw new Error(`seed ${seed}: not finished after ${stepsMax} steps`)
  return driven
}

function answer<Spec extends LinearSpec>(
  driven: Driven<Spec>,
  block: Block,
  dataset: Dataset,
  random: Random,
  spoil: (answer: Arrays, random: Random) => Arrays | null,
): void {
  const { app, state, records, objectives } = driven
  const honest = push(block.arrays, block.shards.map(dataset.shard))
  const given = spoil(honest, random)
  if (!given || app.check(state, block, given) !== null) {
    app.release(state, block)
    return
  }
  records.push(app.pull(state, block, given).record)
  objectives.push(state.lanes[0]!.track.objective)
  moveOn(driven)
}

/** As the engine does before the first lease and after every pull. */
function moveOn<Spec extends LinearSpec>({ app, state, records, notes }: Driven<Spec>): void {
  for (let moved = app.advance(state); moved; moved = app.advance(state)) {
    records.push(moved.record)
    notes.push(moved.note)
  }
}

export function centre(values: Float64Array): void {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  for (let i = 0; i < values.length; i++) values[i]! -= mean
}

/** Column j as it is. */
export function plainColumn(dataset: Dataset, j: number): Float64Array {
  const k = dataset.manifest.shards.findLastIndex((s) => s.firstColumn <= j)
  const shard = dataset.shard(k)
  const first = ((j - shard.firstColumn) * shard.stride) / 8
  return Float64Array.from(shard.values.subarray(first, first + shard.rows))
}
