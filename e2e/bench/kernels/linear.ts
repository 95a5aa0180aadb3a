/**
 * The kernels of the linear models: the gradient of whole shards (`scan`), and a sweep in which every
 * coefficient moves (dot and axpy), on each kind of column. Once on one shard of half a MiB, which stays in
 * the second-level cache, and once on as many as no cache holds. Bytes are those of the columns, and in
 * the cache those of r, too.
 */
import { seededRandom } from '../../../shared/random.ts'
import { encodeShard, VALUE_BITS, type ValueType } from '../../../shared/shard.ts'
import type { Limits } from './limits.ts'
import { instantiate, type Row, secondsOf } from './measure.ts'

interface Exports {
  memory: WebAssembly.Memory
  workBytes(list: number, count: number): number
  gradient(list: number, count: number, r: number, work: number, out: number): void
  sweep(shard: number, r: number, work: number): void
}

interface Kind {
  readonly valueType: ValueType
  readonly rows: number
  /** Share of entries that are stored; 1: dense. */
  readonly density: number
}

const KINDS: readonly Kind[] = [
  { valueType: 'u2', rows: 1814, density: 1 },
  { valueType: 'u8', rows: 1814, density: 1 },
  { valueType: 'i16', rows: 1814, density: 1 },
  { valueType: 'f32', rows: 1814, density: 1 },
  { valueType: 'f64', rows: 1814, density: 1 },
  { valueType: 'i16', rows: 450, density: 25 / 450 },
  { valueType: 'f32', rows: 11_314, density: 0.005 },
  { valueType: 'f64', rows: 11_314, density: 0.005 },
]
const SHARD_BYTES = 1 << 19
/** Together beyond the largest caches there are. */
const SHARDS = 256
/** Shards of a lease: r is made ready once for all of them. */
const LEASE = 8

export async function measureLinear(limits: Limits): Promise<Row[]> {
  const rows: Row[] = []
  const kernel = await instantiate<Exports>('linear', (SHARDS + 2) * SHARD_BYTES)
  for (const kind of KINDS) rows.push(...measureKind(kernel, kind, limits))
  return rows
}

function measureKind(kernel: Exports & { at: number }, kind: Kind, limits: Limits): Row[] {
  const { valueType, rows: n, density } = kind
  const { bytes, entries } = shardOf(kind)
  const layout = density === 1 ? 'dense' : 'sparse'
  const { at: list, r, work, out, shards } = layOut(kernel, bytes, n)
  const row = (
    name: string,
    [limit, readBytes]: readonly [limit: number, readBytes: number],
    shardsOfCall: number,
    ...calls: (() => void)[]
  ): Row => {
    const seconds = secondsOf(...calls) / calls.length / shardsOfCall
    const note = `${(entries / seconds / 1e9).toFixed(2)} entries/ns`
    const achieved = readBytes / seconds / 1e9
    return { kernel: `${layout} ${valueType} n=${n}: ${name}`, achieved, unit: 'GB/s', limit, note }
  }
  const leases = Array.from(
    { length: SHARDS / LEASE },
    (_, k) => () => kernel.gradient(list + 4 * LEASE * k, LEASE, r, work, out),
  )
  // In the cache an element of r costs as much as one of x; the two-bit scan looks sums up instead.
  const x = bytes.byteLength
  const ofR = 8 * entries
  const scanned = x + (valueType === 'u2' ? 0 : ofR)
  return [
    row('gradient, cache', [limits.readCache, scanned], 1, () =>
      kernel.gradient(list, 1, r, work, out),
    ),
    row('gradient, memory', [limits.readMemory, x], LEASE, ...leases),
    // dot reads both, axpy reads both and writes r.
    row('sweep, cache', [limits.readCache, 2 * x + 3 * ofR], 1, () =>
      kernel.sweep(shards, r, work),
    ),
  ]
}

/** Copies of a shard, the list of their addresses, r, scratch and room for what comes out, in memory. */
function layOut(kernel: Exports & { at: number }, bytes: Uint8Array, n: number) {
  const { at, memory } = kernel
  const shards = at + 4 * SHARDS
  const room = Math.ceil(bytes.byteLength / 64) * 64
  for (let k = 0; k < SHARDS; k++) {
    new Uint32Array(memory.buffer, at, SHARDS)[k] = shards + k * room
    new Uint8Array(memory.buffer).set(bytes, shards + k * room)
  }
  const r = shards + SHARDS * room
  const random = seededRandom(2)
  new Float64Array(memory.buffer, r, n).set(Array.from({ length: n }, () => random.normal()))
  const work = r + 64 * Math.ceil(n / 8)
  const out = work + 64 * Math.ceil(kernel.workBytes(at, SHARDS) / 64)
  return { at, shards, r, work, out }
}

/** Half a MiB of random columns. */
function shardOf({ valueType, rows: n, density }: Kind): { bytes: Uint8Array; entries: number } {
  const random = seededRandom(1)
  const perColumn = Math.max(1, Math.round(density * n))
  const entryBytes = VALUE_BITS[valueType] / 8 + (density === 1 ? 0 : 2)
  const count = Math.floor(SHARD_BYTES / (entryBytes * perColumn + (density === 1 ? 16 : 4)))
  const value = (): number =>
    valueType === 'u2'
      ? 1 + random.below(3)
      : valueType === 'f64'
        ? random.normal()
        : Math.fround(1 + random.below(200))
  const values = (): number[] => Array.from({ length: perColumn }, value)
  const shape = { rows: n, firstColumn: 0 }
  const columns = Array.from({ length: count }, values)
  const entries = count * perColumn
  if (density === 1)
    return { bytes: encodeShard({ ...shape, layout: 'dense', valueType, columns }), entries }
  if (valueType === 'u2') throw new Error('there are no sparse two-bit columns')
  const sparse = columns.map((entriesOf) => ({
    rows: someRows(random, n, perColumn),
    values: entriesOf,
  }))
  return {
    bytes: encodeShard({ ...shape, layout: 'sparse', valueType, columns: sparse }),
    entries,
  }
}

function someRows(random: { below(bound: number): number }, n: number, count: number): number[] {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(random.below(n))
  return [...chosen].sort((a, b) => a - b)
}
