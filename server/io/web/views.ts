/** Records as owners see them. */
import type { AnyApp } from '../../../shared/app.ts'
import type { JobView, RunLine } from '../../../shared/protocol.ts'
import type { JobRecord } from '../store/store.ts'

export function jobView(record: JobRecord, apps: Readonly<Record<string, AnyApp>>): JobView {
  const { dataset: id, datasetShape, purpose: _purpose, epoch: _epoch, ...seen } = record
  const { name, rows, columns } = datasetShape
  const title = apps[record.app]?.title ?? record.app
  return { ...seen, title, dataset: { id, name, rows, columns } }
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
