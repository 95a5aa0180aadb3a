/** Small seeded rating sets for the tests of factorisations. */
import type { Dataset } from '../app.ts'
import type { Manifest } from '../dataset.ts'
import { seededRandom } from '../random.ts'
import { encodeShard, openShard, type Shard } from '../shard.ts'
import { encodeFrame } from '../wire.ts'

export type Rating = readonly [user: number, item: number, rating: number]

/** Ratings as an ingested dataset, `perShard` rows of a side to a shard. */
export function datasetOf(
  ratings: readonly Rating[],
  users: number,
  items: number,
  options: {
    test?: readonly Rating[]
    validation?: readonly Rating[]
    perShard?: number
    valueType?: 'u8' | 'f64'
  } = {},
): Dataset {
  const { perShard = 40, valueType = 'f64' } = options
  const cut = (side: 0 | 1): Shard[] => {
    const [count, rows] = side === 0 ? [users, items] : [items, users]
    const columns = Array.from({ length: count }, () => ({
      rows: [] as number[],
      values: [] as number[],
    }))
    for (const rating of [...ratings].sort((a, b) => a[1 - side]! - b[1 - side]!)) {
      columns[rating[side]]!.rows.push(rating[1 - side]!)
      columns[rating[side]]!.values.push(rating[2])
    }
    const shards: Shard[] = []
    for (let firstColumn = 0; firstColumn < count; firstColumn += perShard) {
      const mine = columns.slice(firstColumn, firstColumn + perShard)
      const shape = { layout: 'sparse', valueType, rows, firstColumn } as const
      shards.push(openShard(encodeShard({ ...shape, columns: mine })))
    }
    return shards
  }
  const sides = [
    ...cut(1).map((shard) => ({ shard, side: 'columns' })),
    ...cut(0).map((shard) => ({ shard, side: 'rows' })),
  ]
  const entries = sides.map(({ shard, side }, k) => {
    const { firstColumn, columns, nonZeros } = shard
    const common = { layout: 'sparse', valueType, bytes: shard.bytes.byteLength }
    return { hash: `shard ${k}`, firstColumn, columns, nonZeros, side, ...common }
  })
  const shape = { rows: users, columns: items, nonZeros: ratings.length }
  const manifest = { kind: 'ratings', name: 'test', ...shape, shards: entries }
  return {
    manifest: manifest as unknown as Manifest,
    target: null,
    shard: (k) => sides[k]!.shard,
    columnName: (i) => `item ${i}`,
    rowName: (u) => `user ${u}`,
    extra(name) {
      const set = name === 'test' || name === 'validation' ? options[name] : undefined
      return set && ratingsFrame(set)
    },
  }
}

function ratingsFrame(test: readonly Rating[]): Uint8Array {
  return encodeFrame(
    {},
    {
      user: Uint32Array.from(test, ([u]) => u),
      item: Uint32Array.from(test, ([, i]) => i),
      rating: Float32Array.from(test, ([, , a]) => a),
    },
  )
}

/** Ratings of a power law on both sides, from two factors, biases and noise; some rows have none. */
export function randomRatings(seed: number, users = 60, items = 50, count = 600): Rating[] {
  const random = seededRandom(seed)
  const taste = Array.from({ length: users }, () => [random.normal(), random.normal()])
  const kind = Array.from({ length: items }, () => [random.normal(), random.normal()])
  const pairs = new Map<string, Rating>()
  for (let tries = 0; tries < count; tries++) {
    const u = Math.floor(users * random.next() ** 2)
    const i = Math.floor(items * random.next() ** 3)
    const fit =
      3 + taste[u]![0]! * kind[i]![0]! + taste[u]![1]! * kind[i]![1]! + 0.3 * taste[u]![0]!
    pairs.set(`${u} ${i}`, [u, i, Math.round(4 * Math.abs(fit + 0.3 * random.normal())) / 4])
  }
  return [...pairs.values()]
}
