/**
 * A data set in files that any program can read without a parser, written once per set:
 *
 *   dense   x.bin        d columns of n values
 *   sparse  starts.bin   i64 (d + 1); rows.bin i32 (nnz); x.bin (nnz): compressed columns
 *   y.bin                f64 (n)
 *
 * Values are u8 where all of them are (genotypes: 2 GB as f64), else f64; all little-endian.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dataset } from '../../shared/app.ts'
import { axpy } from '../../shared/columns.ts'
import { columnFile } from './generate/columnFile.ts'

export interface Exchange {
  readonly folder: string
  readonly layout: 'dense' | 'sparse'
  readonly valueType: 'u8' | 'f64'
}

export async function writeExchange(dataset: Dataset, folder: string): Promise<Exchange> {
  const { shards } = dataset.manifest
  const layout = shards.every((shard) => shard.layout === 'dense') ? 'dense' : 'sparse'
  const isBytes = shards.every(({ valueType }) => valueType === 'u2' || valueType === 'u8')
  const valueType = layout === 'dense' && isBytes ? 'u8' : 'f64'
  const exchange = { folder, layout, valueType } as const
  if (existsSync(folder)) return exchange
  // Under another name until it is whole.
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  writeFileSync(join(part, 'y.bin'), dataset.target!)
  if (layout === 'dense') await writeDense(dataset, part, valueType)
  else await writeSparse(dataset, part)
  renameSync(part, folder)
  return exchange
}

async function writeDense(dataset: Dataset, folder: string, type: 'u8' | 'f64'): Promise<void> {
  const file = columnFile(join(folder, 'x.bin'))
  const { rows, shards } = dataset.manifest
  for (let k = 0; k < shards.length; k++)
    for (let c = 0; c < shards[k]!.columns; c++) {
      const column = new Float64Array(rows)
      axpy(dataset.shard(k), c, 1, column)
      await file.write(bytesOf(type === 'u8' ? Uint8Array.from(column) : column))
    }
  await file.close()
}

/** Shards may be dense here and there: their columns are thinned. */
async function writeSparse(dataset: Dataset, folder: string): Promise<void> {
  const [values, rows] = [columnFile(join(folder, 'x.bin')), columnFile(join(folder, 'rows.bin'))]
  const { rows: n, columns, shards } = dataset.manifest
  const starts = new BigInt64Array(columns + 1)
  let [j, count] = [0, 0]
  const dense = new Float64Array(n)
  for (let k = 0; k < shards.length; k++) {
    const shard = dataset.shard(k)
    for (let c = 0; c < shard.columns; c++) {
      let index: Int32Array
      let entries: Float64Array
      if (shard.layout === 'sparse') {
        const [from, to] = [shard.starts[c]!, shard.starts[c + 1]!]
        index = Int32Array.from(shard.rowIndex.subarray(from, to))
        entries = Float64Array.from(shard.values.subarray(from, to))
      } else {
        dense.fill(0)
        axpy(shard, c, 1, dense)
        index = Int32Array.from([...dense.keys()].filter((i) => dense[i] !== 0))
        entries = Float64Array.from(index, (i) => dense[i]!)
      }
      await rows.write(bytesOf(index))
      await values.write(bytesOf(entries))
      count += index.length
      starts[++j] = BigInt(count)
    }
  }
  await Promise.all([rows.close(), values.close()])
  writeFileSync(join(folder, 'starts.bin'), starts)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
