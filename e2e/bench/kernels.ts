/**
 * Speed of the lasso kernels: matrix entries and shard bytes per second, SIMD against the reference.
 *
 * Each kind of shard is measured on one of about 1 MiB: `scan` is dot alone, `steps` a sweep in which
 * every coefficient moves (dot and axpy). Build and run:
 *   npx rolldown e2e/bench/kernels.ts -p node -o dist/bench/kernels.mjs && node dist/bench/kernels.mjs
 */
import { readFileSync } from 'node:fs'
import type { Backend } from '../../client/backends/backend.ts'
import { choose } from '../../client/backends/load.ts'
import { type Kind, problem } from '../../shared/linear/problems.ts'
import { seededRandom } from '../../shared/random.ts'
import { openShard, VALUE_BITS } from '../../shared/shard.ts'
import type { Arrays } from '../../shared/wire.ts'

const KINDS: (Kind & { n: number })[] = [
  { layout: 'dense', valueType: 'u2', n: 1814 },
  { layout: 'dense', valueType: 'u8', n: 1814 },
  { layout: 'dense', valueType: 'i16', n: 1814 },
  { layout: 'dense', valueType: 'f32', n: 1814 },
  { layout: 'dense', valueType: 'f64', n: 1814 },
  { layout: 'sparse', valueType: 'u8', n: 1814, density: 0.3 },
  { layout: 'sparse', valueType: 'i16', n: 1814, density: 0.3 },
  { layout: 'sparse', valueType: 'f32', n: 1814, density: 0.3 },
  { layout: 'sparse', valueType: 'f64', n: 1814, density: 0.3 },
  { layout: 'sparse', valueType: 'f32', n: 11_314, density: 0.005 },
]
const MS_PER_MEASUREMENT = 300

function leaseOf(
  kind: Kind & { n: number },
  isScan: boolean,
): { lease: Arrays; bytes: Uint8Array } {
  const density = kind.density ?? 1
  const bits = (VALUE_BITS[kind.valueType] + (kind.layout === 'sparse' ? 16 : 0)) * density
  const columnsPerShard = Math.floor((8 << 20) / bits / kind.n)
  const made = problem(
    {
      kinds: [kind],
      n: kind.n,
      columnsPerShard,
      weighted: false,
      centred: false,
      scan: isScan,
      share: isScan ? 0 : 1,
      sweepsMax: 1,
    },
    seededRandom(1),
  )
  made.lease.scalars![0] = 0
  return { lease: made.lease, bytes: made.shards[0]! }
}

/** Runs per second, the best of several, because other work may share the machine. */
function rate(backend: Backend, lease: Arrays): number {
  backend.run(lease, ['shard'])
  let best = 0
  const end = performance.now() + MS_PER_MEASUREMENT
  while (performance.now() < end) {
    const start = performance.now()
    backend.run(lease, ['shard'])
    best = Math.max(best, 1000 / (performance.now() - start))
  }
  return best
}

const module = readFileSync(new URL('../../public/kernels/lasso.wasm', import.meta.url))
const backends = [
  await choose('lasso', { module }),
  await choose('lasso', { module: new Uint8Array(1) }),
]
for (const kind of KINDS)
  for (const isScan of [true, false]) {
    const { lease, bytes } = leaseOf(kind, isScan)
    const shard = openShard(bytes)
    const stored = shard.layout === 'dense' ? shard.columns * shard.rows : shard.nonZeros
    // A block lacks the empty columns, which are stored only in a dense shard.
    const isPart = !isScan && shard.layout === 'dense'
    const share = isPart ? lease.beta!.length / shard.columns : 1
    const cells = backends.map((backend) => {
      backend.hold('shard', bytes)
      const perSecond = rate(backend, lease) * share
      backend.drop('shard')
      return `${((stored * perSecond) / 1e9).toFixed(2)} G entries/s ${((bytes.length * perSecond) / 1e9).toFixed(2)} GB/s`
    })
    const name = `${kind.layout} ${kind.valueType} n=${kind.n} ${isScan ? 'scan' : 'steps'}`
    console.log(`${name.padEnd(26)} wasm ${cells[0]}   reference ${cells[1]}`)
  }
