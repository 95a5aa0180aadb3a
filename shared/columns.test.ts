/** Columns of every layout and type against the plain dense matrix they stand for. */
import { describe, expect, it } from 'vitest'
import { axpy, axpyWeighted, dot, entries, forEachEntry, moments } from './columns.ts'
import { type Kind, randomShard } from './linear/problems.ts'
import { seededRandom } from './random.ts'
import type { Shard } from './shard.ts'

const KINDS: Kind[] = [
  ...(['u2', 'u8', 'i16', 'f32', 'f64'] as const).map(
    (valueType) => ({ layout: 'dense', valueType }) as const,
  ),
  ...(['u8', 'i16', 'f32', 'f64'] as const).map(
    (valueType) => ({ layout: 'sparse', valueType }) as const,
  ),
]

/** Value (i, j), read from the bytes by the format's description alone. */
function valueAt(shard: Shard, i: number, j: number): number {
  if (shard.layout === 'sparse') {
    for (let k = shard.starts[j]!; k < shard.starts[j + 1]!; k++)
      if (shard.rowIndex[k] === i) return shard.values[k]!
    return 0
  }
  const view = new DataView(shard.bytes.buffer, shard.bytes.byteOffset + 32 + j * shard.stride)
  switch (shard.valueType) {
    case 'u2':
      return (view.getUint8(i >> 2) >> (2 * (i % 4))) % 4
    case 'u8':
      return view.getUint8(i)
    case 'i16':
      return view.getInt16(2 * i, true)
    case 'f32':
      return view.getFloat32(4 * i, true)
    case 'f64':
      return view.getFloat64(8 * i, true)
  }
}

describe.each(KINDS.map((kind) => [`${kind.layout} ${kind.valueType}`, kind] as const))(
  '%s',
  (_, kind) => {
    it.each([1, 4, 37, 130])('columns of %i rows', (n) => {
      const random = seededRandom(n)
      const shard = randomShard(kind, n, 5, random)
      // Small integers and halves: with them every sum below is exact, except for float columns.
      const exact = kind.valueType !== 'f32' && kind.valueType !== 'f64'
      const r = Float64Array.from({ length: n }, () => (random.below(64) - 32) / 2)
      const w = Float64Array.from({ length: n }, () => random.below(8) / 4)
      const close = (got: number, want: number, size: number) => {
        if (exact) expect(got).toBe(want)
        else expect(Math.abs(got - want)).toBeLessThanOrEqual(4 * n * Number.EPSILON * size)
      }
      for (let j = 0; j < 5; j++) {
        const x = Float64Array.from({ length: n }, (_, i) => valueAt(shard, i, j))
        const size = x.reduce((sum, v) => sum + 64 * Math.abs(v) + v * v, 1)
        const sum = (f: (i: number) => number) => x.reduce((total, _, i) => total + f(i), 0)
        close(
          dot(shard, j, r),
          sum((i) => x[i]! * r[i]!),
          size,
        )
        const weighted = moments(shard, j, w)
        close(
          weighted.sum,
          sum((i) => w[i]! * x[i]!),
          size,
        )
        close(
          weighted.squares,
          sum((i) => w[i]! * x[i]! ** 2),
          size,
        )
        close(
          moments(shard, j, null).sum,
          sum((i) => x[i]!),
          size,
        )
        const plain = r.slice()
        axpy(shard, j, -2.5, plain)
        const scaled = r.slice()
        axpyWeighted(shard, j, -2.5, w, scaled)
        const unweighted = r.slice()
        axpyWeighted(shard, j, -2.5, null, unweighted)
        expect(unweighted).toEqual(plain)
        for (let i = 0; i < n; i++) {
          close(plain[i]!, r[i]! - 2.5 * x[i]!, size)
          close(scaled[i]!, r[i]! - 2.5 * w[i]! * x[i]!, size)
        }
        const seen: [number, number][] = []
        forEachEntry(shard, j, (i, value) => seen.push([i, value]))
        expect(seen).toEqual([...x.entries()].filter(([, v]) => v !== 0))
        expect(entries(shard, j)).toBe(kind.layout === 'dense' ? n : seen.length)
      }
    })
  },
)
