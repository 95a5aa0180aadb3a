/**
 * Speed of the factorisation kernels beside what multiply-adds can do here: `measureMf()` for the
 * table of `npm run bench:kernels`. Factors are f32, and so is the limit.
 *
 * Operations are the mathematics' (2 for a multiply-add), not the kernel's: for n ratings of a row
 * with D unknowns, exactly: the lower half of the Gram matrix n·D(D + 1), the right-hand side 2nD, the
 * Cholesky factor D³/3, two triangular systems 2D², the loss 2nK. By coordinates: 6nD a pass.
 */
import { readFileSync } from 'node:fs'
import type { Backend } from '../../../client/backends/backend.ts'
import { choose } from '../../../client/backends/load.ts'
import { problem } from '../../../shared/apps/mf/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { openShard } from '../../../shared/shard.ts'
import type { Limits } from './limits.ts'
import type { Row } from './measure.ts'

const CASES = [
  ...[32, 64].flatMap((rank) => [10, 30, 200, 2000].map((n) => ({ rank, n, passes: 0 }))),
  { rank: 128, n: 2000, passes: 0 },
  ...[32, 64].flatMap((rank) =>
    [10, 200, 2000].flatMap((n) => [1, 3].map((passes) => ({ rank, n, passes }))),
  ),
]
/** Ratings of a lease: few milliseconds, so that the best of many runs is one without interruption. */
const RATINGS = 20_000
const MS_PER_CASE = 400

function operations(n: number, K: number, passes: number): number {
  const D = K + 1
  if (passes > 0) return passes * 6 * n * D
  return n * D * (D + 1) + 2 * n * D + D ** 3 / 3 + 2 * D * D + 2 * n * K
}

export async function measureMf({ mulAdd32 }: Limits): Promise<Row[]> {
  const module = readFileSync(new URL('../../../public/kernels/mf.wasm', import.meta.url))
  const backend = await choose('mf', { module })
  return CASES.map(({ rank, n, passes }) => {
    const rows = Math.max(1, Math.round(RATINGS / n / (rank === 32 ? 1 : 4)))
    const runsPerSecond = time(backend, rank, n, rows, passes)
    const achieved = (runsPerSecond * rows * operations(n, rank, passes)) / 1e9
    const kernel = `K=${rank}, rows of ${n}, ${passes > 0 ? `ccd of ${passes} passes` : 'als'}`
    const note = `${((runsPerSecond * rows * n) / 1e6).toPrecision(3)} M ratings/s`
    return { kernel, achieved, unit: 'GFLOP/s', limit: mulAdd32, note }
  })
}

/** Leases a second: the best, because other work may share the machine. */
function time(backend: Backend, rank: number, n: number, rows: number, passes: number): number {
  const lengths = Array.from({ length: rows }, () => n)
  const options = { rank, biases: true, valueType: 'u8', othersAll: 8000, lengths, passes } as const
  const { lease, shards } = problem(options, seededRandom(1))
  openShard(shards[0]!)
  backend.hold('shard', shards[0]!)
  // The engine compiles a kernel for speed only when it has run for a while.
  for (const end = performance.now() + MS_PER_CASE; performance.now() < end; )
    backend.run(lease, ['shard'])
  let best = 0
  for (const end = performance.now() + MS_PER_CASE; performance.now() < end; ) {
    const start = performance.now()
    backend.run(lease, ['shard'])
    best = Math.max(best, 1000 / (performance.now() - start))
  }
  backend.drop('shard')
  return best
}
