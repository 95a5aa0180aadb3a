/**
 * The store on disk: one LMDB environment in the data directory, opened by the server's main
 * thread, by every engine thread and by command-line tools at once.
 *
 * Durability. lmdb-js gathers the writes of an event turn into one transaction and commits it on its
 * own thread; while that one syncs, the next gathers (group commit: 200 appends of 8 kB took 9 ms,
 * one alone 0.5 to 2 ms). By default its promises resolve when a commit is *visible*, the sync
 * follows (`overlappingSync`), and a sync that fails leaves its promise pending for ever. We turn
 * that off: a commit then ends with fdatasync, one promise means durable, and failure rejects it.
 *
 * Memory. Pages of the map that were read count as resident, once per process. `blob` reads into
 * one buffer that lmdb-js reuses: large blobs never reach the JavaScript heap.
 */
import { blobsOn, datasetsOn } from './lmdbData.ts'
import { jobsOn, logsOn } from './lmdbJobs.ts'
import type { Store } from './store.ts'
import { type Disk, openTables } from './tables.ts'
import { durable } from './writeError.ts'

/** `readOnly`: for audits; the store must exist, and every write fails. */
export function openStore(dir: string, { readOnly = false } = {}): Store {
  const tables = openTables(dir, readOnly)
  const { root } = tables
  const done: Disk['done'] = async (write) => void (await durable(write, dir))
  const disk: Disk = { tables, done, write: (action) => done(root.transaction(action)) }
  return {
    ...blobsOn(disk),
    ...datasetsOn(disk),
    ...jobsOn(disk),
    ...logsOn(disk),
    close: () => root.close(),
  }
}
