/** The two sides of a factorisation by SGD: their rows as bytes, and where their ratings are. */
import type { Dataset } from '../../app.ts'
import type { RatedSide } from '../../factors/recommend.ts'
import { STATES } from './buffers.ts'

/** All users, or all items. */
export interface Side extends RatedSide {
  readonly factors: Int8Array
  /** What stands beside a row's factors (count, S), their scale and the bias among it. */
  readonly state: Float32Array
  /** Copies of those, made at the end of an epoch (count). */
  readonly scale: Float32Array
}

/** No factors yet, and no degrees. */
export function openSide(
  { manifest }: Dataset,
  side: 'rows' | 'columns',
  count: number,
  width: number,
): Side {
  const shards = [...manifest.shards.keys()].filter(
    (k) => (manifest.shards[k]!.side ?? 'columns') === side,
  )
  return {
    ...{ count, width, shards },
    firstRow: Uint32Array.of(...shards.map((k) => manifest.shards[k]!.firstColumn), count),
    degree: new Uint32Array(count),
    factors: new Int8Array(count * width),
    state: new Float32Array(count * STATES),
    scale: new Float32Array(count),
    bias: new Float32Array(count),
  }
}
