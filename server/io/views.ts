/** Records as owners see them. */
import type { AnyApp } from '../../shared/app.ts'
import type { JobView, RunLine } from '../../shared/protocol.ts'
import type { JobRecord } from './store.ts'

export function jobView(record: JobRecord, apps: Readonly<Record<string, AnyApp>>): JobView {
  const { id, name, app, dataset, datasetShape, spec, seed, status, error } = record
  const { createdMs, finishedMs, runningMs, phase, fraction, values, counters } = record
  const { rows, columns } = datasetShape
  return {
    ...{ id, name, app, title: apps[app]?.title ?? app },
    dataset: { id: dataset, name: datasetShape.name, rows, columns },
    ...{ spec, seed, status, error, createdMs, finishedMs, runningMs },
    ...{ phase, fraction, values, counters, summary: record.summary, results: record.results },
  }
}

/**
 * At most `max` of the lines, evenly spread, oldest and newest kept, and how many there are. Goes
 * through the lines twice instead of holding them: a long run has millions.
 */
export function downSample(
  lines: () => Iterable<RunLine>,
  max: number,
): { lines: RunLine[]; total: number } {
  let total = 0
  for (const _ of lines()) total++
  const kept = Math.min(max, total)
  const picked: RunLine[] = []
  let i = 0
  for (const line of lines()) {
    const wanted = kept < 2 ? total - 1 : Math.round((picked.length * (total - 1)) / (kept - 1))
    if (picked.length < kept && i++ >= wanted) picked.push(line)
  }
  return { lines: picked, total }
}
