/** From a matrix to stored shards; whatever was new in the store can be taken back. */
import { createHash } from 'node:crypto'
import type { ShardEntry } from '../../../shared/dataset.ts'
import { encodeShard } from '../../../shared/shard.ts'
import { blobsOf, type Store } from '../store.ts'
import { type CellType, cellTypes } from './dense.ts'
import { type Cells, type Columns, columnNameOf, type Matrix, type SparseColumn } from './matrix.ts'
import { planShards, type ShardPlan } from './plan.ts'

/** Shards on their way to disk at once: the store can commit them together. */
const PUTS_MAX = 8

/** The blobs of one ingest. */
export class BlobBatch {
  readonly #store: Store
  readonly #fresh: string[] = []
  #pending: Promise<unknown>[] = []

  constructor(store: Store) {
    this.#store = store
  }

  async put(bytes: Uint8Array): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex')
    if (this.#store.hasBlob(hash)) return hash
    this.#fresh.push(hash)
    this.#pending.push(this.#store.putBlob(bytes))
    if (this.#pending.length >= PUTS_MAX) await this.settle()
    return hash
  }

  /** All blobs so far are stored. */
  async settle(): Promise<void> {
    const results = await Promise.allSettled(this.#pending)
    this.#pending = []
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** Delete what was new, unless a dataset published in the meantime uses it. */
  async undo(): Promise<void> {
    await Promise.allSettled(this.#pending)
    this.#pending = []
    const used = new Set(this.#store.datasets().flatMap(({ manifest }) => blobsOf(manifest)))
    for (const hash of this.#fresh) if (!used.has(hash)) await this.#store.deleteBlob(hash)
  }
}

const CELLS_OF: Record<ShardPlan['valueType'], CellType> = {
  u2: 'u8',
  u8: 'u8',
  i16: 'i16',
  f32: 'f32',
  f64: 'f64',
}

function toDense({ rows, values }: SparseColumn, length: number, type: CellType): Cells {
  const cells = new cellTypes[type](length)
  for (let k = 0; k < rows.length; k++) cells[rows[k]!] = values[k]!
  return cells
}

function toSparse(cells: Cells, nonZeros: number): SparseColumn {
  const column = { rows: new Uint32Array(nonZeros), values: new Float64Array(nonZeros) }
  let k = 0
  for (let i = 0; i < cells.length; i++) {
    const x = cells[i]!
    if (x === 0) continue
    column.rows[k] = i
    column.values[k++] = x
  }
  return column
}

function encode(matrix: Matrix, plan: ShardPlan, read: Columns): Uint8Array<ArrayBuffer> {
  const { rows, stats } = matrix
  const { valueType } = plan
  const common = { rows, firstColumn: plan.from }
  if (plan.layout === 'dense') {
    const columns =
      read.layout === 'dense'
        ? read.columns
        : read.columns.map((column) => toDense(column, rows, CELLS_OF[valueType]))
    return encodeShard({ ...common, layout: 'dense', valueType, columns })
  }
  if (valueType === 'u2') throw new Error('a sparse shard was planned as u2')
  const columns =
    read.layout === 'sparse'
      ? read.columns
      : read.columns.map((column, j) => toSparse(column, stats.nonZeros[plan.from + j]!))
  return encodeShard({ ...common, layout: 'sparse', valueType, columns })
}

/** Encode and store all shards in order of their columns. */
export async function writeShards(
  matrix: Matrix,
  blobs: BlobBatch,
  onWritten: (fraction: number) => void,
): Promise<ShardEntry[]> {
  const { stats, rows, columns, reader, names } = matrix
  const entries: ShardEntry[] = []
  for (const plan of planShards(stats, rows, (j) => columnNameOf(names, j))) {
    const bytes = encode(matrix, plan, reader.read(plan.from, plan.to))
    const { from: firstColumn, to, nonZeros, layout, valueType } = plan
    const hash = await blobs.put(bytes)
    const shape = { firstColumn, columns: to - firstColumn, nonZeros, layout, valueType }
    entries.push({ hash, bytes: bytes.length, ...shape })
    onWritten(to / columns)
  }
  await blobs.settle()
  return entries
}
