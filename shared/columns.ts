/**
 * The three things a linear model asks of a column x_j of a shard: x_jᵀr, out += a·x_j, and moments.
 *
 * Plain loops: this is the reference that the SIMD kernels are checked against, and what the server
 * itself uses. Columns are addressed within their shard (0 … m − 1); nothing is standardised here.
 */
import type { Shard } from './shard.ts'

/** x_jᵀr. `r` is (n). */
export function dot(shard: Shard, j: number, r: Float64Array): number {
  let sum = 0
  if (shard.layout === 'sparse') {
    const { starts, rowIndex, values } = shard
    for (let k = starts[j]!; k < starts[j + 1]!; k++) sum += values[k]! * r[rowIndex[k]!]!
    return sum
  }
  const n = shard.rows
  if (shard.valueType === 'u2') return dotU2(shard.values as Uint8Array, j * shard.stride, n, r)
  const first = (j * shard.stride) / shard.values.BYTES_PER_ELEMENT
  const { values } = shard
  for (let i = 0; i < n; i++) sum += values[first + i]! * r[i]!
  return sum
}

function dotU2(bytes: Uint8Array, at: number, n: number, r: Float64Array): number {
  let sum = 0
  const whole = n >> 2
  for (let b = 0, i = 0; b < whole; b++, i += 4) {
    const q = bytes[at + b]!
    if (q === 0) continue
    sum +=
      (q & 3) * r[i]! +
      ((q >> 2) & 3) * r[i + 1]! +
      ((q >> 4) & 3) * r[i + 2]! +
      (q >> 6) * r[i + 3]!
  }
  for (let i = whole << 2; i < n; i++) sum += ((bytes[at + whole]! >> (2 * (i & 3))) & 3) * r[i]!
  return sum
}

/** out += a·x_j. `out` is (n). */
export function axpy(shard: Shard, j: number, a: number, out: Float64Array): void {
  if (shard.layout === 'sparse') {
    const { starts, rowIndex, values } = shard
    for (let k = starts[j]!; k < starts[j + 1]!; k++) out[rowIndex[k]!]! += a * values[k]!
    return
  }
  const n = shard.rows
  if (shard.valueType === 'u2') {
    const bytes = shard.values as Uint8Array
    const at = j * shard.stride
    const steps = [0, a, 2 * a, 3 * a]
    for (let i = 0; i < n; i++) out[i]! += steps[(bytes[at + (i >> 2)]! >> (2 * (i & 3))) & 3]!
    return
  }
  const first = (j * shard.stride) / shard.values.BYTES_PER_ELEMENT
  const { values } = shard
  for (let i = 0; i < n; i++) out[i]! += a * values[first + i]!
}

/** Σ w_i x_ij and Σ w_i x_ij²; `weights` is (n), or null for all ones. */
export function moments(
  shard: Shard,
  j: number,
  weights: Float64Array | null,
): { sum: number; squares: number } {
  let sum = 0
  let squares = 0
  forEachEntry(shard, j, (i, x) => {
    const w = weights ? weights[i]! : 1
    sum += w * x
    squares += w * x * x
  })
  return { sum, squares }
}

/** Visit the non-zero entries (row, value) of column j, rows ascending. */
export function forEachEntry(shard: Shard, j: number, visit: (i: number, x: number) => void): void {
  if (shard.layout === 'sparse') {
    const { starts, rowIndex, values } = shard
    for (let k = starts[j]!; k < starts[j + 1]!; k++) visit(rowIndex[k]!, values[k]!)
    return
  }
  const isU2 = shard.valueType === 'u2'
  const first = isU2 ? j * shard.stride : (j * shard.stride) / shard.values.BYTES_PER_ELEMENT
  for (let i = 0; i < shard.rows; i++) {
    const x = isU2
      ? (shard.values[first + (i >> 2)]! >> (2 * (i & 3))) & 3
      : shard.values[first + i]!
    if (x !== 0) visit(i, x)
  }
}

/** Entries a pass over column j reads: the unit of work. */
export function entries(shard: Shard, j: number): number {
  return shard.layout === 'sparse' ? shard.starts[j + 1]! - shard.starts[j]! : shard.rows
}

/** out += a·(w ∘ x_j). `weights` is (n), or null for all ones. */
export function axpyWeighted(
  shard: Shard,
  j: number,
  a: number,
  weights: Float64Array | null,
  out: Float64Array,
): void {
  if (!weights) {
    axpy(shard, j, a, out)
    return
  }
  forEachEntry(shard, j, (i, x) => {
    out[i]! += a * weights[i]! * x
  })
}
