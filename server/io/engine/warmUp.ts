/**
 * Makes an engine's thread fast before its first job: made-up problems run through the engine as real
 * ones would, their leases computed by the tabs' kernels.
 *
 * JavaScript that has just been loaded is interpreted, and a short job is over before its thread has
 * compiled what it needs. Logistic regression on the newsgroups, processor time of 22 leases in the
 * engine: 0.73 s cold, 0.38 s after a lasso and a logistic regression were solved (which takes 0.6 s);
 * solved again, they bring no more, nor where they are three times as large.
 */
import type { AnyApp, Dataset, Push } from '../../../shared/app.ts'
import type { Kernel } from '../../../shared/apps/kernel.ts'
import { lasso } from '../../../shared/apps/lasso/app.ts'
import { kernel as lassoKernel } from '../../../shared/apps/lasso/kernel.ts'
import { logistic } from '../../../shared/apps/logistic/app.ts'
import { kernel as logisticKernel } from '../../../shared/apps/logistic/kernel.ts'
import type { Manifest } from '../../../shared/dataset.ts'
import { seededRandom } from '../../../shared/random.ts'
import { encodeShard, openTrustedShard, type Shard } from '../../../shared/shard.ts'
import { decodeFrame, encodeFrame } from '../../../shared/wire.ts'
import { openEngine, step } from '../../core/engine.ts'
import type { EngineEffect, EngineEvent } from '../../core/events.ts'
import { recordFrame } from '../store/logRecord.ts'
import { openKernelPush } from './kernelPush.ts'
import { openPasses } from './passes.ts'

const ROWS = 1000
const COLUMNS = 4000
const COLUMNS_PER_SHARD = 1000
const NON_ZEROS_PER_COLUMN = 10
const STRIDE = ROWS / NON_ZEROS_PER_COLUMN
/** Columns that make up the target. */
const TRUE_SHARE = 0.02
const OFFERS_MAX = 60
const volunteer = 'nobody'

/** What is solved: a linear model, and the target as it wants it. */
interface Subject {
  readonly app: AnyApp
  readonly push: Push
  readonly respond: (y: number) => number
}

const subjects: readonly Subject[] = [
  { app: lasso, push: pushOf(lassoKernel), respond: (y) => y },
  { app: logistic, push: pushOf(logisticKernel), respond: (y) => (y > 0 ? 1 : -1) },
]

/** Tabs compute leases; here it is what takes least. */
function pushOf({ app, push }: Kernel): Push {
  return openKernelPush(app) ?? push
}

/** To be run to its end piece by piece, or left off when a job comes. */
export function* warmUp(): Generator<void> {
  const dataset = yield* madeUp()
  for (const subject of subjects)
    yield* solve(subject, { ...dataset, target: dataset.target!.map(subject.respond) })
}

function* solve({ app, push }: Subject, dataset: Dataset): Generator<void> {
  const spec = app.spec.parse({ lambdaRatio: 0.05, standardize: false, intercept: false })
  const engine = openEngine({ app, dataset, spec, seed: 1, epoch: 1, log: [] })
  const holds = [...dataset.manifest.shards.keys()]
  for (let nowMs = 0; nowMs < OFFERS_MAX; nowMs++) {
    const events: EngineEvent[] = [{ type: 'offered', nowMs, volunteer, rttMs: 1, slots: 2, holds }]
    for (let event = events.shift(); event; event = events.shift()) {
      for (const effect of step(engine, event)) {
        if (effect.type === 'conclude') return
        if (effect.type === 'append') recordFrame(effect.record)
        if (effect.type !== 'grant') continue
        yield
        events.push(answer(push, dataset, effect, nowMs))
      }
      yield
    }
  }
}

/** Through frames, as on the wire. */
function answer(
  push: Push,
  dataset: Dataset,
  { lease, arrays: leased, shards }: Extract<EngineEffect, { type: 'grant' }>,
  nowMs: number,
): EngineEvent {
  const { arrays: given } = decodeFrame(encodeFrame({ lease }, leased))
  const delta = push(given, shards.map(dataset.shard))
  const { arrays } = decodeFrame(encodeFrame({ lease }, delta))
  return { type: 'settled', nowMs, volunteer, lease, computeMs: 1, arrays }
}

/** A sparse matrix and a target that a few of its columns make up; a piece for each shard. */
function* madeUp(): Generator<void, Dataset> {
  const random = seededRandom(1)
  const target = Float64Array.from({ length: ROWS }, () => random.normal())
  const column = () => {
    const rows = Array.from(
      { length: NON_ZEROS_PER_COLUMN },
      (_, k) => k * STRIDE + random.below(STRIDE),
    )
    const values = Float32Array.from(rows, () => random.normal())
    if (random.next() < TRUE_SHARE) for (const [k, i] of rows.entries()) target[i]! += values[k]!
    return { rows, values }
  }
  const shards: Shard[] = []
  for (let firstColumn = 0; firstColumn < COLUMNS; firstColumn += COLUMNS_PER_SHARD) {
    const columns = Array.from({ length: COLUMNS_PER_SHARD }, column)
    const about = { layout: 'sparse', rows: ROWS, firstColumn, columns } as const
    // Of either kind, so that code is compiled for both.
    const valueType = shards.length % 2 === 0 ? 'f64' : 'f32'
    shards.push(openTrustedShard(encodeShard({ ...about, valueType })))
    yield
  }
  const entries = shards.map(({ firstColumn, columns, bytes }) => ({
    ...{ firstColumn, columns, bytes: bytes.byteLength, hash: '', nonZeros: 0 },
  }))
  const manifest = { name: 'made up', rows: ROWS, columns: COLUMNS, shards: entries }
  const passes = openPasses()
  return {
    manifest: manifest as unknown as Manifest,
    ...(passes && { passes }),
    target,
    shard: (k) => shards[k]!,
    columnName: (j) => `x${j + 1}`,
    rowName: (i) => `${i + 1}`,
    extra: () => undefined,
  }
}
