/**
 * Speed of stochastic gradient descent beside what multiply-adds can do here: `measureSgd()` for the
 * table of `npm run bench:kernels`.
 *
 * Operations are the mathematics': for each factor 2 of the dot product and 3 for each of two rows that
 * move, 8K a rating. The ratings of a user wait for each other, so the limit is out of reach: what one
 * error needs before it is known is half a dozen additions in a row.
 */
import { readFileSync } from 'node:fs'
import { choose } from '../../../client/backends/load.ts'
import { SCALARS, STATES, widthOf } from '../../../shared/apps/mfsgd/buffers.ts'
import { toBytes } from '../../../shared/apps/mfsgd/bytes.ts'
import { scalarsOf } from '../../../shared/apps/mfsgd/rates.ts'
import { type Random, seededRandom } from '../../../shared/random.ts'
import { encodeShard } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'
import type { Limits } from './limits.ts'
import { type Row, secondsOf } from './measure.ts'

const RANKS = [16, 32, 64, 128]
/** A cell of 10⁷ ratings on three parts and blocks has 4000 items and users with 15 ratings in it. */
const ITEMS = 4000
const USERS = 4000
const RATINGS_EACH = 15

export async function measureSgd({ mulAdd32 }: Limits): Promise<Row[]> {
  const module = readFileSync(new URL('../../../public/kernels/mfsgd.wasm', import.meta.url))
  const backend = await choose('mfsgd', { module })
  backend.hold('shard', shardOf(seededRandom(1)))
  const ratings = USERS * RATINGS_EACH
  return RANKS.map((rank) => {
    const lease = leaseOf(rank, seededRandom(2))
    // The engine compiles a kernel for speed only when it has run for a while: secondsOf takes the best.
    const seconds = secondsOf(() => backend.run(lease, ['shard']))
    const achieved = (8 * rank * ratings) / seconds / 1e9
    const note = `${(ratings / seconds / 1e6).toPrecision(3)} M ratings/s`
    return { kernel: `SGD, K=${rank}`, achieved, unit: 'GFLOP/s', limit: mulAdd32, note }
  })
}

/** Items of low numbers are rated more often, as they are where items are numbered as they come. */
function shardOf(random: Random): Uint8Array {
  const columns = Array.from({ length: USERS }, () => {
    const rows = new Set<number>()
    while (rows.size < RATINGS_EACH) rows.add(Math.floor(ITEMS * random.next() ** 2))
    const sorted = [...rows].sort((a, b) => a - b)
    return { rows: sorted, values: sorted.map(() => 1 + random.below(10)) }
  })
  return encodeShard({ layout: 'sparse', valueType: 'u8', rows: ITEMS, firstColumn: 0, columns })
}

function leaseOf(rank: number, random: Random): Arrays {
  const rates = { rank, biases: true, eta: 0.12, lambda: 0.025, lambdaBias: 0.02 }
  const scalars = scalarsOf(rates, 5.5, 2)
  scalars[SCALARS.firstItem] = 0
  const rowsOf = (count: number) => {
    const size = 1 / Math.sqrt(rank)
    const rows = Float32Array.from({ length: count * widthOf(rank) }, () => size * random.normal())
    const states = new Float32Array(count * STATES)
    return { bytes: toBytes(rows, states), states }
  }
  const [users, items] = [rowsOf(USERS), rowsOf(ITEMS)]
  return {
    ...{
      scalars,
      slot: Uint32Array.of(0),
      column: Uint32Array.of(0),
      columns: Uint32Array.of(USERS),
    },
    ...{ users: users.bytes, userState: users.states },
    ...{ items: items.bytes, itemState: items.states },
  }
}
