/** The files of a finished job: the app's own, the run's history, and a summary of it all. */
import type { ResultFile } from '../../../shared/app.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol.ts'
import { FRAME_VERSION } from '../../../shared/wire.ts'
import type { JobRecord, Store } from '../store/store.ts'
import { VERSION } from '../version.ts'

export function resultFiles(
  store: Store,
  record: JobRecord,
  own: readonly ResultFile[],
): ResultFile[] {
  let lines = ''
  for (const line of store.runLines(record.id)) lines += `${JSON.stringify(line)}\n`
  const summary = `${JSON.stringify(summaryOf(record), null, 2)}\n`
  const common = [
    { name: 'run.jsonl', mediaType: 'application/x-ndjson', text: lines },
    { name: 'summary.json', mediaType: 'application/json', text: summary },
  ]
  const names = new Set(own.map((file) => file.name))
  return [...own, ...common.filter((file) => !names.has(file.name))]
}

/** Everything needed to say what was computed, from what, how, and at what cost. */
export function summaryOf(record: JobRecord): Record<string, unknown> {
  const { id, name, app, status, dataset, datasetShape, spec, seed, counters } = record
  const { createdMs, finishedMs, runningMs } = record
  return {
    job: { id, name, app, status },
    dataset: { id: dataset, ...datasetShape },
    spec,
    seed,
    result: record.summary,
    values: record.values,
    seconds: runningMs / 1000,
    createdMs,
    finishedMs,
    counters,
    versions: {
      shoal: VERSION,
      protocol: PROTOCOL_VERSION,
      frame: FRAME_VERSION,
      node: process.versions.node,
    },
  }
}
