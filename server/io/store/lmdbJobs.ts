/** Jobs on disk, what they have logged, and what volunteers have done for them. */
import type { Database, Key } from 'lmdb'
import type { JobStore, LogStore } from './store.ts'
import { type Disk, plain, values } from './tables.ts'

/** Records that one transaction deletes: a few milliseconds, for the engine's thread does it. */
const DROP_MAX = 500

/** Every key [job, …]: parts are joined by 0x00, and the string job + '\0' is stored as job, 0x04, …: just above. */
const keysOf = (table: Database<unknown, Key>, job: string): Key[] => [
  ...table.getKeys({ start: [job], end: [`${job}\u0000`] }),
]

/** The values of [job, k] from k = `from` on. */
const rows = <V>(table: Database<V, [string, number]>, job: string, from = 0) =>
  table
    .getRange({ start: [job, from], end: [job, Number.MAX_SAFE_INTEGER] })
    .map(({ value }) => value)

export function jobsOn({ tables, done, write }: Disk): JobStore {
  const { root, jobs, log, snapshots, runLines, results, resultBytes, credits } = tables
  return {
    async nextEpoch() {
      let epoch = 0
      await write(() => {
        epoch = ((root.get('epoch') as number | undefined) ?? 0) + 1
        root.putSync('epoch', epoch)
      })
      return epoch
    },
    async putJob(record) {
      await done(jobs.put(record.id, record))
    },
    deleteJob: (id) =>
      write(() => {
        jobs.removeSync(id)
        snapshots.removeSync(id)
        for (const table of [log, runLines, results, resultBytes])
          for (const key of keysOf(table, id)) (table as Database<unknown>).removeSync(key)
      }),
    job: (id) => jobs.get(id),
    jobs: () => values(jobs),
    putCredits: (all) =>
      write(() => {
        for (const [volunteer, credit] of all) credits.putSync(volunteer, credit)
      }),
    credit: (volunteer) => credits.get(volunteer),
  }
}

export function logsOn({ tables, done, write }: Disk): LogStore {
  const { log, snapshots, runLines, results, resultBytes } = tables
  return {
    async append(job, seq, record) {
      await done(log.put([job, seq], record))
    },
    log: (job, from) => rows(log, job, from).map(plain),
    async putSnapshot(job, snapshot) {
      await done(snapshots.put(job, snapshot))
    },
    snapshot(job) {
      const bytes = snapshots.get(job)
      return bytes && plain(bytes)
    },
    async dropLog(job, seq) {
      const range = { start: [job, 0], end: [job, seq], limit: DROP_MAX }
      for (let keys = [...log.getKeys(range)]; keys.length > 0; keys = [...log.getKeys(range)])
        await write(() => {
          for (const key of keys) log.removeSync(key)
        })
    },
    async putRunLine(job, index, line) {
      await done(runLines.put([job, index], line))
    },
    runLines: (job) => rows(runLines, job),
    runLineCount: (job) =>
      runLines.getKeysCount({ start: [job, 0], end: [job, Number.MAX_SAFE_INTEGER] }),
    async putResult(job, name, mediaType, content) {
      const isText = typeof content === 'string'
      if (!isText) await done(resultBytes.put([job, name], content))
      await done(results.put([job, name], { mediaType, text: isText ? content : '' }))
    },
    result(job, name) {
      const file = results.get([job, name])
      const bytes = file && resultBytes.get([job, name])
      return bytes ? { ...file, bytes: Uint8Array.from(bytes) } : file
    },
  }
}
