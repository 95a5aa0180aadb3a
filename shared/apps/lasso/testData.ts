/** Small seeded problems for the tests of the lasso, and a driver that plays the grid in one thread. */
import type { App, Block, Dataset } from '../../app.ts'
import type { Manifest } from '../../dataset.ts'
import { push } from '../../linear/push.ts'
import type { LinearState } from '../../linear/state.ts'
import { type Random, seededRandom } from '../../random.ts'
import { encodeShard, openShard, type Shard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { lasso } from './app.ts'
import type { LassoSpec } from './spec.ts'

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
    shards: shards.map(({ firstColumn, columns }) => ({ firstColumn, columns })),
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

export interface Driven {
  readonly app: App<LassoSpec, LinearState>
  readonly state: LinearState
  /** Log records in order, as they would lie on disk. */
  readonly records: Arrays[]
  readonly notes: string[]
  /** P after every pull of the first lane. */
  readonly objectives: number[]
}

/**
 * Play a job to its end: `slots` leases in flight, answered in random order. `spoil` may replace an
 * answer, or return null for a tab that dies with the lease.
 */
export function drive(
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: {
    slots?: number
    seed?: number
    stepsMax?: number
    spoil?: (answer: Arrays, random: Random) => Arrays | null
  } = {},
): Driven {
  const { slots = 3, seed = 1, stepsMax = 20_000, spoil = (a) => a } = options
  const random = seededRandom(seed ^ 0x5eed)
  const state = lasso.open(lasso.spec.parse(spec), dataset, seededRandom(seed))
  const driven: Driven = { app: lasso, state, records: [], notes: [], objectives: [] }
  const flight: Block[] = []
  moveOn(driven)
  for (let step = 0; step < stepsMax && !lasso.finished(state); step++) {
    while (flight.length < slots) {
      const offer = { workPerMs: 20, rttMs: 1, holds: () => true, slots }
      const block = lasso.schedule(state, offer)
      if ('idle' in block) break
      flight.push(block)
    }
    const [block] = flight.splice(random.below(flight.length), 1)
    if (!block) throw new Error(`seed ${seed}: nothing in flight and nothing to lease`)
    answer(driven, block, dataset, random, spoil)
  }
  if (!lasso.finished(state)) throw new Error(`seed ${seed}: not finished after ${stepsMax} steps`)
  return driven
}

function answer(
  driven: Driven,
  block: Block,
  dataset: Dataset,
  random: Random,
  spoil: (answer: Arrays, random: Random) => Arrays | null,
): void {
  const { state, records, objectives } = driven
  const honest = push(block.arrays, block.shards.map(dataset.shard))
  const given = spoil(honest, random)
  if (!given || lasso.check(state, block, given) !== null) {
    lasso.release(state, block)
    return
  }
  records.push(lasso.pull(state, block, given).record)
  objectives.push(state.lanes[0]!.track.objective)
  moveOn(driven)
}

/** As the engine does before the first lease and after every pull. */
function moveOn({ state, records, notes }: Driven): void {
  for (let moved = lasso.advance(state); moved; moved = lasso.advance(state)) {
    records.push(moved.record)
    notes.push(moved.note)
  }
}

/** Serial coordinate descent to machine precision on plain arrays: F and β in the data's units. */
export function solvePlainly(
  dataset: Dataset,
  lambda: number,
  options: { standardize: boolean; intercept: boolean },
): { objective: number; beta: Float64Array } {
  const { rows: n, columns: d } = dataset.manifest
  const y = Float64Array.from(dataset.target!)
  if (options.intercept) centre(y)
  const scale = new Float64Array(d).fill(1)
  const x = Array.from({ length: d }, (_, j) => {
    const column = plainColumn(dataset, j)
    const mean = column.reduce((a, b) => a + b, 0) / n
    if (options.standardize)
      scale[j] = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / n) || 1
    if (options.intercept) centre(column)
    return column.map((v) => v / scale[j]!)
  })
  const beta = new Float64Array(d)
  const r = y.slice()
  for (let sweep = 0; sweep < 20_000; sweep++) {
    let moved = 0
    for (let j = 0; j < d; j++) {
      const xj = x[j]!
      const norm = xj.reduce((a, b) => a + b * b, 0) / n
      if (norm < 1e-20) continue
      const g = xj.reduce((a, b, i) => a + b * r[i]!, 0) / n + norm * beta[j]!
      const next = (Math.sign(g) * Math.max(0, Math.abs(g) - lambda)) / norm
      const step = next - beta[j]!
      if (step === 0) continue
      for (let i = 0; i < n; i++) r[i]! -= step * xj[i]!
      beta[j] = next
      moved = Math.max(moved, Math.abs(step))
    }
    if (moved < 1e-14) break
  }
  const loss = r.reduce((a, b) => a + b * b, 0) / (2 * n)
  const objective = loss + lambda * beta.reduce((a, b) => a + Math.abs(b), 0)
  return { objective, beta: beta.map((b, j) => b / scale[j]!) }
}

function centre(values: Float64Array): void {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  for (let i = 0; i < values.length; i++) values[i]! -= mean
}

function plainColumn(dataset: Dataset, j: number): Float64Array {
  const k = dataset.manifest.shards.findLastIndex((s) => s.firstColumn <= j)
  const shard = dataset.shard(k)
  const first = ((j - shard.firstColumn) * shard.stride) / 8
  return Float64Array.from(shard.values.subarray(first, first + shard.rows))
}
