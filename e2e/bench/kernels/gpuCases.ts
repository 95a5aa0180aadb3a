/** What webgpu.ts and its threads measure: leases of any size, of one shard held as often as asked. */
import { als } from '../../../client/backends/webgpu/als.ts'
import { STEPS } from '../../../client/backends/webgpu/digits.ts'
import type { GpuProgram } from '../../../client/backends/webgpu/program.ts'
import { scan } from '../../../client/backends/webgpu/scan.ts'
import { familyOf } from '../../../client/backends/webgpu/scanKernels.ts'
import { problem as linearProblem } from '../../../shared/linear/problems.ts'
import { type Random, seededRandom } from '../../../shared/random.ts'
import { encodeShard, openShard, type ValueType } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'

/** Plain data, so that threads can be told. */
export type CaseSpec =
  | { readonly kind: 'gradients'; readonly type: ValueType | 'sparse'; readonly rows: number }
  | {
      readonly kind: 'rows'
      readonly rank: number
      readonly length: number
      /** Of coordinate descent; 0: exactly. */
      readonly passes: number
    }

export interface Case {
  readonly name: string
  readonly app: 'lasso' | 'mf'
  readonly program: GpuProgram
  readonly shard: Uint8Array
  /** What a shard has: columns, or ratings. */
  readonly sizeOfShard: number
  /** Bytes that the GPU has to read of it at least. */
  readonly bytes: number
  /** Operations that it takes, a multiply-add being two; 0 where bytes are what counts. */
  readonly operations: number
  /** Products of four packed bytes that it takes on the GPU. */
  readonly dots: number
  /** Size that issue and README speak of: columns or ratings. */
  readonly target: number
  lease(shards: number): Arrays
}

/** 463 × 509 000 genotypes and 10⁸ ratings at K = 64 are the sizes of the benchmark. */
export const CASES: readonly CaseSpec[] = [
  { kind: 'gradients', type: 'u2', rows: 463 },
  { kind: 'rows', rank: 64, length: 100, passes: 0 },
  { kind: 'gradients', type: 'u2', rows: 1814 },
  { kind: 'gradients', type: 'u8', rows: 1814 },
  { kind: 'gradients', type: 'i16', rows: 1814 },
  { kind: 'gradients', type: 'f32', rows: 1814 },
  { kind: 'gradients', type: 'sparse', rows: 11_314 },
  { kind: 'rows', rank: 32, length: 100, passes: 0 },
  { kind: 'rows', rank: 64, length: 1000, passes: 0 },
  { kind: 'rows', rank: 64, length: 50_000, passes: 0 },
  { kind: 'rows', rank: 64, length: 100, passes: 3 },
]
const COLUMNS = 509_000
const RATINGS = 1e8
/** Rows of the other side of a rating matrix, and so of factors that a lease carries. */
const OTHERS = 20_000
const LONG_OTHERS = 60_000

export const nameOf = (spec: CaseSpec): string =>
  spec.kind === 'gradients'
    ? `gradients, ${spec.type}, ${spec.rows} rows`
    : `rows of ${spec.length}, K=${spec.rank}, ${spec.passes > 0 ? `ccd ${spec.passes}` : 'als'}`

export function caseOf(spec: CaseSpec, shardBytes: number): Case {
  return spec.kind === 'gradients' ? gradientCase(spec, shardBytes) : rowCase(spec, shardBytes)
}

function gradientCase(spec: CaseSpec & { kind: 'gradients' }, shardBytes: number): Case {
  const { type, rows } = spec
  const random = seededRandom(1)
  const shard =
    type === 'sparse'
      ? sparseShard(rows, shardBytes, random)
      : denseShard(type, rows, shardBytes, random)
  const none = { kinds: [], columnsPerShard: 0, weighted: false, centred: true, share: 0 }
  const { lease } = linearProblem({ ...none, n: rows, scan: true, sweepsMax: 0 }, seededRandom(2))
  const opened = openShard(shard)
  const { byteLength } = scan.stage(opened).bytes
  const family = familyOf(opened)
  return {
    name: nameOf(spec),
    ...{ app: 'lasso', program: scan, shard, sizeOfShard: opened.columns, bytes: byteLength },
    operations: 0,
    // A quad of 16 bytes meets so many vectors of four digits (digits.ts).
    dots: family === 'sparse' ? 0 : (byteLength / 16) * 4 * STEPS[family],
    target: COLUMNS,
    lease: () => lease,
  }
}

function denseShard(valueType: ValueType, rows: number, bytes: number, random: Random): Uint8Array {
  const empty = { layout: 'dense', valueType, rows, firstColumn: 0 } as const
  const stride = openShard(encodeShard({ ...empty, columns: [new Float64Array(rows)] })).stride
  const columns = Array.from({ length: Math.ceil(bytes / stride) }, () =>
    Float64Array.from({ length: rows }, () =>
      valueType === 'f32' ? Math.fround(random.normal()) : random.below(4),
    ),
  )
  return encodeShard({ ...empty, columns })
}

/** Half a per cent full, as words in documents are. */
function sparseShard(rows: number, shardBytes: number, random: Random): Uint8Array {
  const columns = Array.from({ length: Math.ceil(shardBytes / (6 * 0.005 * rows)) }, () => {
    const at: number[] = []
    for (let i = random.below(400); i < rows; i += 1 + random.below(400)) at.push(i)
    return { rows: at, values: at.map(() => Math.fround(random.normal())) }
  })
  return encodeShard({ layout: 'sparse', valueType: 'f32', rows, firstColumn: 0, columns })
}

/** Rows of `length` ratings each, u8, with biases. */
function rowCase(spec: CaseSpec & { kind: 'rows' }, shardBytes: number): Case {
  const { rank, length, passes } = spec
  const random = seededRandom(1)
  const others = length > OTHERS / 2 ? LONG_OTHERS : OTHERS
  const shard = ratingShard(length, others, shardBytes, random)
  const { columns } = openShard(shard)
  const D = rank + 1
  // By coordinates: what SIMD does, which has no equations to set up (mf.ts).
  const operations =
    passes > 0
      ? passes * 6 * length * D
      : length * D * (D + 1) + 2 * length * D + D ** 3 / 3 + 2 * D * D + 2 * length * rank
  const factors = Float32Array.from(
    { length: others * rank },
    () => random.normal() / Math.sqrt(rank),
  )
  const common = {
    scalars: Float64Array.of(rank, 1, 2.5, 5, 1, 0, passes, 0, others, 0),
    others: Uint32Array.from({ length: others }, (_, k) => k),
    factors,
    offsets: Float32Array.from({ length: others }, () => 0.3 * random.normal()),
    gram: new Float64Array(0),
  }
  const { byteLength } = als.stage(openShard(shard)).bytes
  return {
    name: nameOf(spec),
    ...{ app: 'mf', program: als, shard, sizeOfShard: columns * length, bytes: byteLength },
    ...{ operations: columns * operations, dots: 0, target: RATINGS },
    lease: (shards) => {
      const m = columns * shards
      return {
        ...common,
        slot: Uint32Array.from({ length: m }, (_, v) => Math.floor(v / columns)),
        column: Uint32Array.from({ length: m }, (_, v) => v % columns),
        start: new Float32Array(passes > 0 ? m * D : 0),
      }
    },
  }
}

function ratingShard(length: number, others: number, shardBytes: number, random: Random) {
  const columns = Array.from({ length: Math.ceil(shardBytes / (3 * length)) }, () => {
    const rows = new Set<number>()
    while (rows.size < length) rows.add(random.below(others))
    const sorted = [...rows].sort((a, b) => a - b)
    return { rows: sorted, values: sorted.map(() => 1 + random.below(5)) }
  })
  return encodeShard({ layout: 'sparse', valueType: 'u8', rows: others, firstColumn: 0, columns })
}
