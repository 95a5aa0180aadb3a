/** The tables of the store on disk, and how they are read and written. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { RunLine } from '../../../shared/protocol.ts'
import type { CreditRecord, DatasetRecord, JobRecord } from './store.ts'

/**
 * Address space, not disk: the file grows as it is written, and lmdb-js maps anew past this. A map
 * that need not grow is never mapped twice. Windows would reserve the disk space, so it grows there.
 */
const MAP_BYTES = process.platform === 'win32' ? undefined : 2 ** 38

export interface Tables {
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

export function openTables(dir: string, readOnly: boolean): Tables {
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

export const values = <V>(table: Database<V, string>): V[] =>
  [...table.getRange()].map(({ value }) => value)

/** A Buffer's `slice` does not copy as a Uint8Array's does, and lmdb-js's may be longer than its value. */
export const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)

/** What the parts of the store work on. */
export interface Disk {
  readonly tables: Tables
  /** A write of one value. Resolves when it is durable. */
  done(write: Promise<unknown>): Promise<void>
  /** Several in one transaction, all or none. */
  write(action: () => void): Promise<void>
}
