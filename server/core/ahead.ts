/**
 * Shards ahead: which of a data set's shards each volunteer fetches while the engine opens the data.
 *
 * Opening is one pass over the data and takes about as long as a download (newsgroups, 16 MB on two
 * cores: 0.15 and 0.24 s), and neither needs the other. Two tabs or fewer fetch all there is, because
 * blocks of hot variables touch most shards; more tabs divide it, each beginning at another place.
 */

import type { Ahead } from '../../shared/protocol.ts'

/** Copies of each shard over the whole fleet: scans are dealt out by who holds what. */
const COPIES = 2
/** A quarter of what a worker holds (HOLD_BYTES_MAX in client/volunteer/pool.ts). */
const AHEAD_BYTES_MAX = 64 << 20

type Shards = Ahead['shards']

/** For volunteer number `turn` of `volunteers`, in the order of fetching. */
export function shardsAhead(shards: Shards, turn: number, volunteers: number): Shards {
  const { length } = shards
  const count = Math.min(length, Math.ceil((COPIES * length) / volunteers))
  const first = Math.floor((turn * length) / volunteers)
  const chosen: Shards = []
  let sum = 0
  for (let i = 0; i < count; i++) {
    const shard = shards[(first + i) % length]!
    sum += shard.bytes
    if (sum > AHEAD_BYTES_MAX && chosen.length > 0) break
    chosen.push(shard)
  }
  return chosen
}
