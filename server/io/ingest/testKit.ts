/** What the tests of ingest share: a small seeded matrix, one ingest, the dataset read back. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { forEachEntry } from '../../../shared/columns.ts'
import { type Manifest, manifestSchema } from '../../../shared/dataset.ts'
import { UserError } from '../../../shared/errors.ts'
import { openShard } from '../../../shared/shard.ts'
import { memoryStore } from '../store/memoryStore.ts'
import type { Store } from '../store/store.ts'
import { type IngestInput, ingest } from './ingest.ts'
import { type Rows, testFolder } from './testFiles.ts'

const dataDir =
  process.env.SHOAL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

/** A real set, where it lies beside the project. */
export const realSet = (path: string): string => join(dataDir, path)

/** Read a dataset back from its store. */
export function rowsOf(store: Store, manifest: Manifest): Rows {
  const rows: Rows = Array.from({ length: manifest.rows }, () => Array(manifest.columns).fill(0))
  let next = 0
  for (const entry of manifest.shards) {
    const shard = openShard(Uint8Array.from(store.blob(entry.hash)!))
    expect(shard).toMatchObject({
      firstColumn: next,
      columns: entry.columns,
      nonZeros: entry.nonZeros,
      layout: entry.layout,
      valueType: entry.valueType,
    })
    for (let j = 0; j < shard.columns; j++)
      forEachEntry(shard, j, (i, x) => {
        rows[i]![next + j] = x
      })
    next += shard.columns
  }
  expect(next).toBe(manifest.columns)
  return rows
}

export function targetOf(store: Store, manifest: Manifest): number[] {
  return [...new Float64Array(Uint8Array.from(store.blob(manifest.target!)!).buffer)]
}

/** Ingest one file into a store of its own. */
export async function ingestOne(path: string, more: Partial<IngestInput> = {}) {
  const store = memoryStore()
  const manifest = await ingest({ path, ...more }, store)
  expect(manifestSchema.parse(manifest)).toEqual(manifest)
  return { store, manifest }
}

/** A store that tells which blobs it holds. */
export function countingStore() {
  const blobs = new Set<string>()
  const inner = memoryStore()
  const store: Store = {
    ...inner,
    async putBlob(bytes) {
      const hash = await inner.putBlob(bytes)
      blobs.add(hash)
      return hash
    },
    async deleteBlob(hash) {
      blobs.delete(hash)
      await inner.deleteBlob(hash)
    },
  }
  return { store, blobs }
}

/** The sentence with which a file is refused, once it is sure that nothing was left behind. */
export async function refusal(path: string, more: Partial<IngestInput> = {}): Promise<string> {
  const { store, blobs } = countingStore()
  const scratch = testFolder()
  const input = { path, memoryBytes: 0, tempDir: scratch.path, ...more }
  const error = await ingest(input, store).then(
    () => expect.fail('the file was accepted'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(UserError)
  expect([...blobs]).toEqual([])
  expect(store.datasets()).toEqual([])
  expect(readdirSync(scratch.path)).toEqual([])
  scratch.remove()
  return (error as UserError).message
}
