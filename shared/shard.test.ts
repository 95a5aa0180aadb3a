/** Shards: every layout and type comes back as it went in; a corrupted one is a ShardError. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forEachEntry } from './columns.ts'
import { encodeShard, openShard, type Shard, ShardError, type ValueType } from './shard.ts'

const VALUES: Record<ValueType, fc.Arbitrary<number>> = {
  u2: fc.nat(3),
  u8: fc.nat(255),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  f32: fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
  f64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
}

function matrix(valueType: ValueType): fc.Arbitrary<{ n: number; columns: number[][] }> {
  const value = fc.oneof(fc.constant(0), VALUES[valueType])
  return fc.tuple(fc.nat(40), fc.nat(6)).chain(([n, m]) =>
    fc.record({
      n: fc.constant(n),
      columns: fc.array(fc.array(value, { minLength: n, maxLength: n }), {
        minLength: m,
        maxLength: m,
      }),
    }),
  )
}

function sparse(columns: number[][]): { rows: number[]; values: number[] }[] {
  return columns.map((column) => {
    const rows = [...column.keys()].filter((i) => column[i] !== 0)
    return { rows, values: rows.map((i) => column[i]!) }
  })
}

function columnsOf(shard: Shard): number[][] {
  return Array.from({ length: shard.columns }, (_, j) => {
    const column = new Array<number>(shard.rows).fill(0)
    forEachEntry(shard, j, (i, x) => {
      column[i] = x
    })
    return column
  })
}

/** At an odd offset of a Buffer, as sockets hand bytes out. */
function shifted(bytes: Uint8Array): Uint8Array {
  const room = Buffer.alloc(bytes.length + 3)
  room.set(bytes, 3)
  return room.subarray(3)
}

describe('shards', () => {
  it.each(Object.keys(VALUES) as ValueType[])('dense %s come back', (valueType) => {
    fc.assert(
      fc.property(matrix(valueType), fc.nat(), ({ n, columns }, firstColumn) => {
        const bytes = encodeShard({ layout: 'dense', valueType, rows: n, firstColumn, columns })
        const shard = openShard(shifted(bytes))
        expect(columnsOf(shard)).toEqual(columns)
        expect(shard).toMatchObject({ layout: 'dense', valueType, rows: n, firstColumn })
        expect(shard.nonZeros).toBe(columns.flat().filter((x) => x !== 0).length)
      }),
      { numRuns: 50 },
    )
  })

  it.each(['u8', 'i16', 'f32', 'f64'] as const)('sparse %s come back', (valueType) => {
    fc.assert(
      fc.property(matrix(valueType), fc.boolean(), ({ n, columns }, isLong) => {
        const rows = isLong ? 70_000 : n
        const given = { layout: 'sparse', valueType, rows, firstColumn: 9 } as const
        const shard = openShard(shifted(encodeShard({ ...given, columns: sparse(columns) })))
        expect(shard).toMatchObject(given)
        expect(shard.rowIndex.BYTES_PER_ELEMENT).toBe(isLong ? 4 : 2)
        expect(columnsOf(shard).map((column) => column.slice(0, n))).toEqual(columns)
      }),
      { numRuns: 50 },
    )
  })

  it('with any mutation are a shard that stays inside its bytes, or a ShardError', () => {
    const small = fc.constantFrom(0, 1, 2, 3, 4, 16, 255)
    const edits = fc.array(fc.tuple(fc.oneof(fc.nat(31), fc.nat()), fc.oneof(small, fc.nat(255))), {
      minLength: 1,
      maxLength: 4,
    })
    const layout = fc.boolean()
    fc.assert(
      fc.property(
        matrix('u8'),
        edits,
        layout,
        fc.nat(3),
        ({ n, columns }, mutations, dense, cut) => {
          const common = { valueType: 'u8', rows: n, firstColumn: 0 } as const
          const whole = dense
            ? encodeShard({ ...common, layout: 'dense', columns })
            : encodeShard({ ...common, layout: 'sparse', columns: sparse(columns) })
          const bytes = cut === 0 ? whole.slice(0, whole.length - (mutations[0]![0] % 40)) : whole
          for (const [at, value] of mutations) bytes[at % bytes.length] = value
          expectShardOrError(bytes)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['nothing', [], 0, /shorter than a shard header/],
    ['a wrong magic', [[0, 1]], 200, /wrong magic/],
    ['another version', [[4, 7]], 200, /got a v7 shard when expected v1/],
    ['an unknown layout', [[6, 2]], 200, /unknown layout 2/],
    ['an unknown type', [[7, 9]], 200, /unknown value type 9/],
    ['sparse two-bit values', [[7, 0]], 200, /cannot have two-bit values/],
    ['a row index of three bytes', [[20, 3]], 200, /not 2 or 4/],
    ['more columns than bytes', [[14, 1]], 200, /past the shard/],
    ['a negative column', [[36, 9]], 200, /negative length|do not cover/],
    ['a row past the end', [[49, 9]], 200, /has row \d+ of 5/],
    ['rows that do not ascend', [[48, 4]], 200, /after row/],
  ] as [string, [number, number][], number, RegExp][])('refuse %s', (_, edits, size, message) => {
    const columns = [
      { rows: [0, 2], values: [1, 2] },
      { rows: [4], values: [3] },
    ]
    const bytes = encodeShard({
      ...{ layout: 'sparse', valueType: 'u8', rows: 5, firstColumn: 0, columns },
    } as const).slice(0, size)
    for (const [at, value] of edits) bytes[at] = value
    expect(() => openShard(bytes)).toThrow(message)
    expect(() => openShard(bytes)).toThrow(ShardError)
  })

  it('refuse a stride that does not hold the rows', () => {
    const given = { layout: 'dense', valueType: 'f64', rows: 3, firstColumn: 0 } as const
    const bytes = encodeShard({ ...given, columns: [[1, 2, 3]] })
    bytes[20] = 16
    expect(() => openShard(bytes)).toThrow(/stride of 16 bytes does not hold 3 f64/)
  })
})

function expectShardOrError(bytes: Uint8Array): void {
  let shard: Shard
  try {
    shard = openShard(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(ShardError)
    return
  }
  // A shard may claim 2³² empty columns; a few show whether any leaves its bytes.
  for (const j of [0, 1, shard.columns - 1])
    if (j >= 0 && j < shard.columns)
      forEachEntry(shard, j, (i, x) => {
        expect(i).toBeLessThan(shard.rows)
        expect(Number.isFinite(x)).toBe(true)
      })
}
