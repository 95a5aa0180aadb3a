/**
 * Leases on which GPU and SIMD race before an app is admitted: of each kind a small one, which is all
 * overhead, and a large one, which is nearly all work.
 *
 * Sizes as jobs have them: shards of 1 MiB, 1814 genotypes; what SIMD does in some milliseconds, so
 * that a race is over in a tenth of a second.
 */

import { problem as mfProblem } from '../../../shared/apps/mf/problems.ts'
import { problem as lassoProblem } from '../../../shared/linear/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { encodeShard, type ValueType } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'
import type { Given } from './program.ts'

type Races = Generator<{ small: Given; large: Given }>

const ROWS = 1814
const SHARD_BYTES = 1 << 20
/** Shards of a large lease. */
const SHARDS = 16

export function* scanRaces(): Races {
  for (const valueType of ['u2', 'u8', 'i16', 'f32'] as const) {
    const shard = noise(valueType)
    yield scanRace(shard)
  }
  yield scanRace(sparseNoise())
}

function scanRace(shard: Uint8Array): { small: Given; large: Given } {
  const given = (count: number): Given => ({
    lease: scanLease(),
    shards: Array.from({ length: count }, () => shard),
  })
  return { small: given(1), large: given(SHARDS) }
}

function scanLease(): Arrays {
  const none = { kinds: [], columnsPerShard: 0, weighted: false, centred: true, share: 0 }
  return lassoProblem({ ...none, n: ROWS, scan: true, sweepsMax: 0 }, seededRandom(1)).lease
}

/** A shard of about 1 MiB: any bytes are values. */
function noise(valueType: ValueType): Uint8Array {
  const random = seededRandom(2)
  const one = encodeShard({
    ...{ layout: 'dense', valueType, rows: ROWS, firstColumn: 0 },
    columns: [new Float64Array(ROWS)],
  } as const)
  const stride = one.byteLength - 32
  const columns = Math.floor(SHARD_BYTES / stride)
  const bytes = new Uint8Array(32 + stride * columns)
  bytes.set(one)
  new DataView(bytes.buffer).setUint32(12, columns, true)
  if (valueType === 'f32') {
    const values = new Float32Array(bytes.buffer, 32)
    for (let k = 0; k < values.length; k++) values[k] = random.next() - 0.5
  } else {
    const words = new Uint32Array(bytes.buffer, 32)
    for (let k = 0; k < words.length; k++) words[k] = random.next() * 2 ** 32
  }
  return bytes
}

/** Columns of a tenth of the rows. */
function sparseNoise(): Uint8Array {
  const random = seededRandom(3)
  const columns = Array.from({ length: 1000 }, () => {
    const rows: number[] = []
    for (let i = 0; i < ROWS; i++) if (random.next() < 0.1) rows.push(i)
    return { rows, values: rows.map(() => random.next() - 0.5).map(Math.fround) }
  })
  return encodeShard({ layout: 'sparse', valueType: 'f32', rows: ROWS, firstColumn: 0, columns })
}

/**
 * Rows of 100 ratings: what a sweep over a rating set of the usual kind consists of. Exactly at rank 32,
 * for both have D² products a rating to do. By coordinates SIMD has 3D a pass, and the GPU D² all the
 * same: hence a single pass, at rank 64, where it has the most against it.
 */
export function* alsRaces(): Races {
  for (const shape of [
    { rank: 32, passes: 0 },
    { rank: 64, passes: 1 },
  ]) {
    const options = { ...shape, biases: true, valueType: 'u8', othersAll: 2000 } as const
    const given = (count: number): Given => {
      const lengths = Array.from({ length: count }, () => 100)
      const { lease, shards } = mfProblem({ ...options, lengths }, seededRandom(4))
      return { lease, shards }
    }
    yield { small: given(20), large: given(1500) }
  }
}
