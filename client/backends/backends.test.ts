/** What a backend owes its caller beside right sums: memory, reasons, errors that leave it usable. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildKernels } from '../../server/setup/kernels.mjs'
import { LeaseError } from '../../shared/apps/kernel.ts'
import { problem } from '../../shared/linear/problems.ts'
import { seededRandom } from '../../shared/random.ts'
import { encodeShard, ShardError } from '../../shared/shard.ts'
import { choose, hasSimd, load } from './load.ts'
import { Space } from './space.ts'

let module: BufferSource
beforeAll(async () => {
  const lasso = (await buildKernels()).find(({ app }) => app === 'lasso')
  module = readFileSync(lasso!.path)
})
afterEach(() => vi.unstubAllGlobals())

const { lease, shards } = problem(
  {
    kinds: [
      { layout: 'dense', valueType: 'u8' },
      { layout: 'sparse', valueType: 'f64' },
    ],
    ...{ n: 50, columnsPerShard: 6, weighted: true, centred: true, scan: true, share: 1 },
    sweepsMax: 3,
  },
  seededRandom(1),
)

describe.each(['wasm', 'reference'])('the %s backend', (name) => {
  const make = () => choose('lasso', { module: name === 'wasm' ? module : new Uint8Array(1) })

  it('holds, counts and drops', async () => {
    const backend = await make()
    expect(backend.name).toBe(name)
    backend.hold('a', shards[0]!)
    backend.hold('a', shards[0]!)
    backend.hold('b', shards[1]!)
    expect(backend.bytesHeld).toBe(shards[0]!.length + shards[1]!.length)
    expect([backend.holds('a'), backend.holds('c')]).toEqual([true, false])
    backend.drop('a')
    backend.drop('a')
    expect(backend.bytesHeld).toBe(shards[1]!.length)
    expect(backend.holds('a')).toBe(false)
  })

  it('refuses bad shards and leases, and goes on', async () => {
    const backend = await make()
    expect(() => backend.hold('bad', shards[0]!.slice(0, 40))).toThrow(ShardError)
    expect(backend.holds('bad')).toBe(false)
    backend.hold('a', shards[0]!)
    backend.hold('b', shards[1]!)
    const want = backend.run(lease, ['a', 'b'])
    expect(() => backend.run(lease, ['a', 'c'])).toThrow(/needs shard c/)
    const wrong = { ...lease, column: lease.column!.map(() => 6) }
    expect(() => backend.run(wrong, ['a', 'b'])).toThrow(LeaseError)
    expect(backend.run(lease, ['a', 'b'])).toEqual(want)
  })

  it('leaves the lease as it was', async () => {
    const backend = await make()
    backend.hold('a', shards[0]!)
    backend.hold('b', shards[1]!)
    const before = structuredClone(lease)
    backend.run(lease, ['a', 'b'])
    expect(lease).toEqual(before)
  })

  it('gives arrays of its own, which the next run does not change', async () => {
    const backend = await make()
    backend.hold('a', shards[0]!)
    backend.hold('b', shards[1]!)
    const first = backend.run(lease, ['a', 'b'])
    const copy = structuredClone(first)
    backend.run({ ...lease, beta: lease.beta!.map((b) => b + 1) }, ['a', 'b'])
    expect(first).toEqual(copy)
  })
})

describe('the memory of the wasm backend', () => {
  const column = Array.from({ length: 1 << 17 }, (_, i) => i % 7)
  const big = encodeShard({
    ...{ layout: 'dense', valueType: 'f64', rows: column.length, firstColumn: 0 },
    columns: [column],
  } as const)

  it('grows with its shards, reuses what is dropped, and keeps every shard intact', async () => {
    const backend = await choose('lasso', { module })
    backend.hold('a', shards[0]!)
    backend.hold('b', shards[1]!)
    const want = backend.run(lease, ['a', 'b'])
    for (let round = 0; round < 20; round++) {
      for (let k = 0; k < 8; k++) backend.hold(`big ${k}`, big)
      expect(backend.run(lease, ['a', 'b'])).toEqual(want)
      for (let k = 0; k < 8; k++) backend.drop(`big ${(k * 5) % 8}`)
    }
    expect(backend.bytesHeld).toBe(shards[0]!.length + shards[1]!.length)
  })

  it('says so when there is no room, and stays usable', async () => {
    const backend = await choose('lasso', { module })
    backend.hold('a', shards[0]!)
    backend.hold('b', shards[1]!)
    const want = backend.run(lease, ['a', 'b'])
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded')
    })
    expect(() => backend.hold('big', big)).toThrow(/no room for \d+ KiB more/)
    grow.mockRestore()
    expect(backend.holds('big')).toBe(false)
    expect(backend.run(lease, ['a', 'b'])).toEqual(want)
    backend.hold('big', big)
    expect(backend.run(lease, ['a', 'b'])).toEqual(want)
  })
})

describe('Space', () => {
  it('hands out ranges that never overlap, and joins what is released', () => {
    const steps = fc.array(fc.record({ bytes: fc.nat(1000), drop: fc.nat() }), { maxLength: 80 })
    fc.assert(
      fc.property(steps, (list) => {
        let end = 0
        const space = new Space(100, (to) => {
          end = Math.max(end, to)
        })
        const live: { at: number; bytes: number }[] = []
        for (const { bytes, drop } of list) {
          const at = space.allocate(bytes)
          expect(at % 64).toBe(0)
          expect(at).toBeGreaterThanOrEqual(100)
          expect(at + bytes).toBeLessThanOrEqual(end)
          for (const other of live)
            expect(at + bytes <= other.at || other.at + other.bytes <= at).toBe(true)
          live.push({ at, bytes })
          if (drop % 3 > 0) space.release(live.splice(drop % live.length, 1)[0]!.at)
        }
        for (const { at } of live) space.release(at)
        const before = end
        // All free again, hence one range from the first address on.
        if (before > 0) expect(space.allocate(before - 128)).toBe(128)
        expect(end).toBe(before)
      }),
    )
  })
})

describe('load', () => {
  it('fetches the kernel below the root, once per app', async () => {
    const fetched: string[] = []
    vi.stubGlobal('fetch', async (url: URL) => {
      fetched.push(url.href)
      return new Response(module as Uint8Array<ArrayBuffer>)
    })
    const root = 'http://192.168.1.2:7070/shoal/'
    const [a, b] = await Promise.all([load('lasso', { root }), load('lasso')])
    expect(a).toBe(b)
    expect(a.name).toBe('wasm')
    expect(fetched).toEqual(['http://192.168.1.2:7070/shoal/kernels/lasso.wasm'])
  })

  it('falls back to the reference with the reason', async () => {
    vi.stubGlobal('fetch', async () => new Response('gone', { status: 404 }))
    const missing = await choose('lasso', { root: 'http://h/' })
    expect(missing.reason).toBe('the server has no /kernels/lasso.wasm')
    vi.stubGlobal('fetch', async () => new Response('no', { status: 503 }))
    expect((await choose('lasso', { root: 'http://h/' })).reason).toBe(
      'the WebAssembly kernel did not load: /kernels/lasso.wasm answered 503',
    )
    vi.stubGlobal('WebAssembly', { validate: () => false })
    expect((await choose('lasso', { module })).reason).toMatch(/no WebAssembly SIMD/)
    vi.stubGlobal('WebAssembly', undefined)
    expect(hasSimd()).toBe(false)
  })

  it('knows SIMD, and which apps there are', async () => {
    expect(hasSimd()).toBe(true)
    await expect(choose('toString')).rejects.toThrow(/knows no app "toString", only lasso/)
  })
})
