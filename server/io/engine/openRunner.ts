/** From a job's record to a runner that performs its engine. */
import { UserError } from '../../../shared/errors.ts'
import { openEngine } from '../../core/engine.ts'
import { readLog } from '../store/logRecord.ts'
import { openDataset } from './dataset.ts'
import { EngineClock } from './engineClock.ts'
import { EngineRunner, type RunnerOptions } from './engineRunner.ts'
import { openKernelPush } from './kernelPush.ts'

/**
 * Write the job down, replay its log, open its engine. The write is under way while the data are read:
 * from then on nobody deletes them (store.ts), and after a crash the job goes on by itself.
 */
export async function openRunner(options: RunnerOptions): Promise<EngineRunner> {
  const { store, record } = options
  const drafted = store.putJob(record)
  drafted.catch(() => {}) // heard when its turn comes: by the runner, or below
  try {
    return await open(options, drafted)
  } catch (error) {
    // Whoever hears of it may delete the job.
    await drafted
    throw error
  }
}

async function open(options: RunnerOptions, drafted: Promise<void>): Promise<EngineRunner> {
  const { store, app, record } = options
  const stored = store.dataset(record.dataset)
  if (!stored)
    throw new UserError(
      `The dataset ${record.datasetShape.name} of job ${record.id} is not in the store any more; ingest its file again and submit the job anew.`,
    )
  const epoch = await options.epoch()
  const { snapshot, log } = readLog(store, record.id)
  // What a crash has left of the records that it stands for.
  if (snapshot) await store.dropLog(record.id, snapshot.seq)
  const push = openKernelPush(app.name)
  const clock = new EngineClock(record.counters, options.nowMs)
  const engine = openEngine({
    app: clock.timed(app),
    spec: record.spec,
    dataset: { ...openDataset(store, stored.manifest), ...(push && { push }) },
    seed: record.seed,
    epoch,
    ...{ snapshot, log, snapshotEveryBytes: options.snapshotEveryBytes },
    status: record.status === 'paused' ? 'paused' : 'running',
    runningMs: record.runningMs,
    counters: record.counters,
  })
  const counters = { ...record.counters, ...clock.counters() }
  const ready = { ...record, counters, epoch, openedMs: record.openedMs ?? Date.now() }
  return new EngineRunner(options, engine, clock, ready, stored.manifest.shards, drafted)
}
