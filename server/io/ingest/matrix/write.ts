/** From a matrix to stored shards. */
import type { ShardEntry } from '../../../../shared/dataset.ts'
import { encodeShard } from '../../../../shared/shard.ts'
import type { BlobBatch } from '../blobBatch.ts'
import { type Cells, type CellType, cellTypes } from './cells.ts'
import { type Columns, columnNameOf, type Matrix, type SparseBlock } from './matrix.ts'
import { planShards, type ShardPlan } from './plan.ts'

const CELLS_OF: Record<ShardPlan['valueType'], CellType> = {
  u2: 'u8',
  u8: 'u8',
  i16: 'i16',
  f32: 'f32',
  f64: 'f64',
}

function toDense({ starts, rows, values }: SparseBlock, length: number, type: CellType): Cells[] {
  return Array.from({ length: starts.length - 1 }, (_, j) => {
    const cells = new cellTypes[type](length)
    for (let k = starts[j]!; k < starts[j + 1]!; k++) cells[rows[k]!] = values[k]!
    return cells
  })
}

function toSparse(columns: Cells[], nonZeros: number): SparseBlock {
  const starts = new Uint32Array(columns.length + 1)
  const rows = new Uint32Array(nonZeros)
  const values = new Float64Array(nonZeros)
  let k = 0
  columns.forEach((cells, j) => {
    for (let i = 0; i < cells.length; i++) {
      const x = cells[i]!
      if (x === 0) continue
      rows[k] = i
      values[k++] = x
    }
    starts[j + 1] = k
  })
  return { layout: 'sparse', starts, rows, values }
}

function encode(matrix: Matrix, plan: ShardPlan, read: Columns): Uint8Array<ArrayBuffer> {
  const { rows } = matrix
  const { valueType } = plan
  const common = { rows, firstColumn: plan.from }
  if (plan.layout === 'dense') {
    const columns =
      read.layout === 'dense' ? read.columns : toDense(read, rows, CELLS_OF[valueType])
    return encodeShard({ ...common, layout: 'dense', valueType, columns })
  }
  if (valueType === 'u2') throw new Error('a sparse shard was planned as u2')
  const block = read.layout === 'sparse' ? read : toSparse(read.columns, plan.nonZeros)
  const { starts, rows: rowIndex, values } = block
  return encodeShard({ ...common, layout: 'sparse', valueType, starts, rowIndex, values })
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
