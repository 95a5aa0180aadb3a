/** Blobs and datasets on disk: a blob goes with the last dataset that uses it. */
import { createHash } from 'node:crypto'
import { type BlobStore, blobsOf, type DatasetStore, isActive } from './store.ts'
import { type Disk, plain, type Tables, values } from './tables.ts'

export function blobsOn({ tables, write }: Disk): BlobStore {
  const { blobs, blobTimes } = tables
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
  }
}

export function datasetsOn({ tables, write }: Disk): DatasetStore {
  const { datasets, names } = tables
  return {
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
  }
}

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
