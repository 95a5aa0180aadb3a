/** Shards as the kernels read them: dense columns interleaved, sparse sections as they are. */
import type { Shard } from '../../../shared/shard.ts'

/**
 * Dense columns: 16 bytes of every column in turn, so that neighbouring threads, which have
 * neighbouring columns, read neighbouring bytes.
 */
export function interleaved(shard: Shard): Uint8Array {
  const { columns } = shard
  const rounded = shard.valueType === 'f64' ? inSingle(shard) : shard
  const { values, stride } = rounded
  const quads = stride / 16
  const from = wordsOf(values)
  const to = new Uint32Array(4 * quads * columns)
  for (let j = 0; j < columns; j++)
    for (let q = 0; q < quads; q++) {
      const source = 4 * (j * quads + q)
      const target = 4 * (q * columns + j)
      for (let k = 0; k < 4; k++) to[target + k] = from[source + k]!
    }
  return new Uint8Array(to.buffer)
}

/** A dense f64 shard's values in f32, with the stride that they then have. */
function inSingle({ rows, columns, stride, values }: Shard): Pick<Shard, 'values' | 'stride'> {
  const floats = Math.ceil(rows / 4) * 4
  const single = new Float32Array(floats * columns)
  for (let j = 0; j < columns; j++)
    for (let i = 0; i < rows; i++) single[j * floats + i] = values[(j * stride) / 8 + i]!
  return { values: single, stride: 4 * floats }
}

const wordsOf = ({ buffer, byteOffset, byteLength }: Shard['values']): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4)

/** Quads of a column as interleaved. */
export const quadsOf = ({
  valueType,
  rows,
  stride,
}: Pick<Shard, 'valueType' | 'rows' | 'stride'>) =>
  valueType === 'f64' ? Math.ceil(rows / 4) : stride / 16

/** A sparse shard as it came; f64 values end as f32, in the place where they began. */
export function sparseBytes(shard: Shard): Uint8Array {
  if (shard.valueType !== 'f64') return shard.bytes
  const single = Float32Array.from(shard.values)
  const bytes = new Uint8Array(shard.at.values + single.byteLength)
  bytes.set(shard.bytes.subarray(0, shard.at.values))
  bytes.set(new Uint8Array(single.buffer), shard.at.values)
  return bytes
}

/** Kinds of values as the kernels number them: those of a shard's header, f64 being f32 by now. */
export const KINDS = { u2: 0, u8: 1, i16: 2, f32: 3, f64: 3 } as const
