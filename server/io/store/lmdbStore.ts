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
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, type Key, open, type RootDatabase } from 'lmdb'
import type { RunLine } from '../../../shared/protocol.ts'
import {
  blobsOf,
  type CreditRecord,
  type DatasetRecord,
  isActive,
  type JobRecord,
  type Store,
} from './store.ts'
import { durable } from './writeError.ts'

/**
 * Address space, not disk: the file grows as it is written, and lmdb-js maps anew past this. A map
 * that need not grow is never mapped twice. Windows would reserve the disk space, so it grows there.
 */
const MAP_BYTES = process.platform === 'win32' ? undefined : 2 ** 38

interface Tables {
  root: RootDatabase<unknown, string>
  blobs: Database<Uint8Array, string>
  /** When a blob was last put, for `sweep`. */
  blobTimes: Database<number, string>
  datasets: Database<DatasetRecord, string>
  /** Name → record: the same content may have several names. */
  names: Database<DatasetRecord, string>
  jobs: Database<JobRecord, string>
  log: Database<Uint8Array, [string, number]>
  snapshots: Database<Uint8Array, string>
  runLines: Database<RunLine, [string, number]>
  results: Database<{ mediaType: string; text: string }, [string, string]>
  /** Content of the results that are no text. */
  resultBytes: Database<Uint8Array, [string, string]>
  credits: Database<CreditRecord, string>
}

function openTables(dir: string, readOnly: boolean): Tables {
  const path = join(dir, 'store')
  if (!readOnly) mkdirSync(path, { recursive: true })
  const isNew = !readOnly && !existsSync(join(path, 'data.mdb'))
  const root = open<unknown, string>({
    path,
    encoding: 'json',
    maxDbs: 16,
    overlappingSync: false,
    // With it, a commit that fails also rejects a promise nobody can reach, which ends the process.
    eventTurnBatching: false,
    noMemInit: true,
    readOnly,
    ...(MAP_BYTES ? { mapSize: MAP_BYTES } : {}),
  })
  // A new store creates its tables in one transaction: ten, each with its sync, took 45 to 75 ms.
  return isNew ? root.transactionSync(() => tablesOf(root)) : tablesOf(root)
}

function tablesOf(root: RootDatabase<unknown, string>): Tables {
  const binary = { encoding: 'binary' } as const
  const json = { encoding: 'json' } as const
  return {
    root,
    blobs: root.openDB('blobs', binary),
    blobTimes: root.openDB('blobTimes', json),
    datasets: root.openDB('datasets', json),
    names: root.openDB('names', json),
    jobs: root.openDB('jobs', json),
    log: root.openDB('log', binary),
    snapshots: root.openDB('snapshots', binary),
    runLines: root.openDB('runLines', json),
    results: root.openDB('results', json),
    resultBytes: root.openDB('resultBytes', binary),
    credits: root.openDB('credits', json),
  }
}

/** Records that one transaction deletes: a few milliseconds, for the engine's thread does it. */
const DROP_MAX = 500

const values = <V>(table: Database<V, string>): V[] =>
  [...table.getRange()].map(({ value }) => value)

/** A Buffer's `slice` does not copy as a Uint8Array's does, and lmdb-js's may be longer than its value. */
const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

/** Every key [job, …]: parts are joined by 0x00, and the string job + '\0' is stored as job, 0x04, …: just above. */
const keysOf = (table: Database<unknown, Key>, job: string): Key[] => [
  ...table.getKeys({ start: [job], end: [`${job}\u0000`] }),
]

function unusedBlobs(tables: Tables, candidates: Iterable<string>): string[] {
  const used = new Set(values(tables.datasets).flatMap(({ manifest }) => blobsOf(manifest)))
  return [...candidates].filter((hash) => !used.has(hash))
}

function dropBlob(tables: Tables, hash: string): void {
  tables.blobs.removeSync(hash)
  tables.blobTimes.removeSync(hash)
}

/** Drop dataset `id` when it has neither a name nor an active job; then its orphaned blobs. */
function collect(tables: Tables, id: string): void {
  const record = tables.datasets.get(id)
  if (!record || values(tables.names).some(({ manifest }) => manifest.id === id)) return
  if (values(tables.jobs).some((job) => isActive(job) && job.dataset === id)) return
  tables.datasets.removeSync(id)
  for (const hash of unusedBlobs(tables, blobsOf(record.manifest))) dropBlob(tables, hash)
}

function sweep(tables: Tables, beforeMs: number): number {
  for (const { manifest } of values(tables.datasets)) collect(tables, manifest.id)
  const old = [...tables.blobTimes.getRange()].filter(({ value }) => value <= beforeMs)
  const unused = unusedBlobs(
    tables,
    old.map(({ key }) => key),
  )
  for (const hash of unused) dropBlob(tables, hash)
  return unused.length
}

function deleteDataset(tables: Tables, idOrName: string): void {
  const id = (tables.names.get(idOrName) ?? tables.datasets.get(idOrName))?.manifest.id
  if (!id) return
  for (const { manifest } of values(tables.names))
    if (manifest.name === idOrName || manifest.id === idOrName)
      tables.names.removeSync(manifest.name)
  collect(tables, id)
}

/** `readOnly`: for audits; the store must exist, and every write fails. */
export function openStore(dir: string, { readOnly = false } = {}): Store {
  const tables = openTables(dir, readOnly)
  const { root, blobs, blobTimes, datasets, names, jobs, log } = tables
  const { snapshots, runLines, results, resultBytes, credits } = tables
  const write = async (action: () => void): Promise<void> => {
    await durable(root.transaction(action), dir)
  }
  const rows = <V>(table: Database<V, [string, number]>, job: string, from = 0) =>
    table
      .getRange({ start: [job, from], end: [job, Number.MAX_SAFE_INTEGER] })
      .map(({ value }) => value)
  return {
    async putBlob(bytes, hash = createHash('sha256').update(bytes).digest('hex')) {
      await write(() => {
        if (!blobs.doesExist(hash)) blobs.putSync(hash, bytes)
        blobTimes.putSync(hash, Date.now())
      })
      return hash
    },
    hasBlob: (hash) => blobs.doesExist(hash),
    blob(hash) {
      const bytes = blobs.getBinaryFast(hash)
      return bytes && plain(bytes)
    },
    deleteBlob: (hash) => write(() => dropBlob(tables, hash)),

    putDataset: (record) =>
      write(() => {
        const { id, name } = record.manifest
        const before = names.get(name)
        datasets.putSync(id, record)
        names.putSync(name, record)
        if (before) collect(tables, before.manifest.id)
      }),
    dataset: (idOrName) => names.get(idOrName) ?? datasets.get(idOrName),
    datasets: () => values(names),
    deleteDataset: (idOrName) => write(() => deleteDataset(tables, idOrName)),
    async sweep(olderThanMs) {
      let count = 0
      await write(() => {
        count = sweep(tables, Date.now() - olderThanMs)
      })
      return count
    },

    async nextEpoch() {
      let epoch = 0
      await write(() => {
        epoch = ((root.get('epoch') as number | undefined) ?? 0) + 1
        root.putSync('epoch', epoch)
      })
      return epoch
    },
    async putJob(record) {
      await durable(jobs.put(record.id, record), dir)
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

    async append(job, seq, record) {
      await durable(log.put([job, seq], record), dir)
    },
    log: (job, from) => rows(log, job, from).map(plain),
    async putSnapshot(job, snapshot) {
      await durable(snapshots.put(job, snapshot), dir)
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
      await durable(runLines.put([job, index], line), dir)
    },
    runLines: (job) => rows(runLines, job),
    runLineCount: (job) =>
      runLines.getKeysCount({ start: [job, 0], end: [job, Number.MAX_SAFE_INTEGER] }),
    async putResult(job, name, mediaType, content) {
      const isText = typeof content === 'string'
      if (!isText) await durable(resultBytes.put([job, name], content), dir)
      await durable(results.put([job, name], { mediaType, text: isText ? content : '' }), dir)
    },
    result(job, name) {
      const file = results.get([job, name])
      const bytes = file && resultBytes.get([job, name])
      return bytes ? { ...file, bytes: Uint8Array.from(bytes) } : file
    },
    putCredits: (rows) =>
      write(() => {
        for (const [volunteer, credit] of rows) credits.putSync(volunteer, credit)
      }),
    credit: (volunteer) => credits.get(volunteer),
    close: () => root.close(),
  }
}
