/** What every app's chaos asks of its snapshots. */
import { expect } from 'vitest'
import { openEngine, view } from '../engine.ts'
import type { SimJob, SimJobResult } from '../simWorld.ts'

/**
 * Each snapshot with the records behind it comes to what the whole log comes to, bit for bit: what is
 * shown, what is counted, and what is handed out. Returns how many there were.
 */
export function checkSnapshots(job: SimJob, { log, snapshots }: SimJobResult): number {
  const { app } = job
  const whole = openEngine({ ...job, epoch: 999, log })
  for (const snapshot of snapshots) {
    const rest = log.slice(snapshot.seq)
    const reopened = openEngine({ ...job, epoch: 999, snapshot, log: rest })
    expect(view(reopened), `${job.id} from record ${snapshot.seq}`).toEqual(view(whole))
    expect(app.results(reopened.state)).toEqual(app.results(whole.state))
  }
  return snapshots.length
}
