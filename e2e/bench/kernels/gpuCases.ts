/** Leases of any size for webgpu.ts: one shard, held as often as the size asks for. */
import { als } from '../../../client/backends/webgpu/als.ts'
import { scan } from '../../../client/backends/webgpu/scan.ts'
import { problem as linearProblem } from '../../../shared/linear/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { encodeShard, openShard, type ValueType } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'

export interface Case {
  readonly name: string
  /** For people: columns, or ratings. */
  readonly size: string
  readonly lease: Arrays
  readonly shard: Uint8Array
  readonly hashes: readonly string[]
  /** What the GPU has to read of its memory at least. */
  readonly bytes: number
  /** 0 where bytes are what counts. */
  readonly operations: number
}

/** Rows of the other side of a rating matrix, and so of factors that a lease carries. */
const OTHERS = 20_000
const random = seededRandom(1)
const shards = new Map<string, Uint8Array>()

/** Made once. */
function shardOf(key: string, make: () => Uint8Array): Uint8Array {
  let shard = shards.get(key)
  if (!shard) {
    shard = make()
    shards.set(key, shard)
  }
  return shard
}

const hashesOf = (count: number): string[] => Array.from({ length: count }, (_, k) => `${k}`)
const inWords = (count: number): string => count.toPrecision(3).replace('e+', 'e')

export function scanCase(
  kind: ValueType | 'sparse',
  rows: number,
  shardBytes: number,
  count: number,
): Case {
  const shard = shardOf(`${kind} ${rows}`, () =>
    kind === 'sparse' ? sparseShard(rows, shardBytes) : denseShard(kind, rows, shardBytes),
  )
  const none = { kinds: [], columnsPerShard: 0, weighted: false, centred: true, share: 0 }
  const { lease } = linearProblem({ ...none, n: rows, scan: true, sweepsMax: 0 }, seededRandom(2))
  const opened = openShard(shard)
  const { bytes } = scan.stage(opened)
  return {
    name: `gradients, ${kind}, ${rows} rows`,
    size: inWords(opened.columns * count),
    ...{ lease, shard, hashes: hashesOf(count), bytes: bytes.byteLength * count, operations: 0 },
  }
}

function denseShard(valueType: ValueType, rows: number, shardBytes: number): Uint8Array {
  const empty = { layout: 'dense', valueType, rows, firstColumn: 0 } as const
  const stride = openShard(encodeShard({ ...empty, columns: [new Float64Array(rows)] })).stride
  const columns = Array.from({ length: Math.ceil(shardBytes / stride) }, () =>
    Float64Array.from({ length: rows }, () =>
      valueType === 'f32' ? Math.fround(random.normal()) : random.below(4),
    ),
  )
  return encodeShard({ ...empty, columns })
}

/** Half a per cent full, as words in documents are. */
function sparseShard(rows: number, shardBytes: number): Uint8Array {
  const columns = Array.from({ length: Math.ceil(shardBytes / (6 * 0.005 * rows)) }, () => {
    const at: number[] = []
    for (let i = random.below(400); i < rows; i += 1 + random.below(400)) at.push(i)
    return { rows: at, values: at.map(() => Math.fround(random.normal())) }
  })
  return encodeShard({ layout: 'sparse', valueType: 'f32', rows, firstColumn: 0, columns })
}

/** Rows of `length` ratings each, u8, at this rank, with biases. */
export function ratingCase(rank: number, length: number, shardBytes: number, count: number): Case {
  const shard = shardOf(`ratings ${length}`, () => ratingShard(length, shardBytes))
  const { columns } = openShard(shard)
  const m = columns * count
  const lease: Arrays = {
    scalars: Float64Array.of(rank, 1, 2.5, 5, 1, 0, 0, 0, OTHERS, 0),
    slot: Uint32Array.from({ length: m }, (_, v) => Math.floor(v / columns)),
    column: Uint32Array.from({ length: m }, (_, v) => v % columns),
    others: Uint32Array.from({ length: OTHERS }, (_, k) => k),
    factors: Float32Array.from({ length: OTHERS * rank }, () => random.normal() / Math.sqrt(rank)),
    offsets: Float32Array.from({ length: OTHERS }, () => 0.3 * random.normal()),
    gram: new Float64Array(0),
    start: new Float32Array(0),
  }
  const D = rank + 1
  const row = length * D * (D + 1) + 2 * length * D + D ** 3 / 3 + 2 * D * D + 2 * length * rank
  const { bytes } = als.stage(openShard(shard))
  return {
    name: `rows of ${length} ratings, K=${rank}`,
    size: inWords(m * length),
    ...{ lease, shard, hashes: hashesOf(count), bytes: bytes.byteLength * count },
    operations: m * row,
  }
}

function ratingShard(length: number, shardBytes: number): Uint8Array {
  const columns = Array.from({ length: Math.ceil(shardBytes / (3 * length)) }, () => {
    const rows = new Set<number>()
    while (rows.size < length) rows.add(random.below(OTHERS))
    const sorted = [...rows].sort((a, b) => a - b)
    return { rows: sorted, values: sorted.map(() => 1 + random.below(5)) }
  })
  return encodeShard({ layout: 'sparse', valueType: 'u8', rows: OTHERS, firstColumn: 0, columns })
}
