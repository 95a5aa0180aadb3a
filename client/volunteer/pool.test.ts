import * as comlink from 'comlink'
import { afterEach, describe, expect, test } from 'vitest'
import type { LeaseHead } from '../../shared/protocol.ts'
import type { Compute, HoldFailure, Outcome } from './messages.ts'
import { Pool, type PoolOptions } from './pool.ts'
import type { Spawner } from './spawner.ts'

const hashOf = (digit: number): string => String(digit).repeat(64)

function lease(number: number, ...shards: number[]): LeaseHead {
  const entries = shards.map((digit) => ({ hash: hashOf(digit), bytes: 100 }))
  return { lease: number, job: 'j', app: 'lasso', shards: entries, deadlineMs: 1_000 }
}

type Runs = (worker: number, run: number) => Promise<Outcome> | Outcome
type Holds = (held: number) => HoldFailure | null

/** Workers that answer as `runs` says and note what is asked of them. */
function rig(
  runs: Runs,
  options: Partial<PoolOptions> = {},
  holds: Holds = () => null,
  hangs: (worker: number) => boolean = () => false,
) {
  const log: string[] = []
  const ports: MessagePort[] = []
  const crash: ((message: string) => void)[] = []
  const spawner: Spawner = {
    spawn(onCrash) {
      const id = crash.push(onCrash)
      const { port1, port2 } = new MessageChannel()
      ports.push(port1, port2)
      let run = 0
      const held = new Set<string>()
      const compute: Compute = {
        async prepare() {
          log.push(`awake ${id}`)
        },
        decide: async () => ({ use: 'simd', from: null, reason: '' }),
        async hold(_app, hash, bytes) {
          log.push(`hold ${hash[0]} on ${id}`)
          if (hangs(id)) await never
          const failure = holds(held.size)
          if (!failure) held.add(hash)
          return comlink.transfer({ bytes, failure }, [bytes.buffer])
        },
        async drop(_app, hash) {
          held.delete(hash)
          log.push(`drop ${hash[0]} on ${id}`)
        },
        async run() {
          return runs(id, ++run)
        },
      }
      comlink.expose(compute, port2)
      return { port: port1, terminate: () => log.push(`end ${id}`) }
    },
  }
  const fetched: string[] = []
  const pool = new Pool({
    spawner,
    async lend(hash, use) {
      fetched.push(hash[0]!)
      const bytes = await use(new Uint8Array(100))
      if (bytes) expect(bytes.byteLength).toBe(100)
      else log.push(`lost ${hash[0]}`)
    },
    duty: () => 100,
    onAwake: () => log.push('somebody is awake'),
    onStarted: (number) => log.push(`started ${number}`),
    onComputed: (number) => log.push(`computed ${number}`),
    onBroke: (number, reason, detail) => log.push(`broke ${number}: ${reason}, ${detail}`),
    onChange: () => undefined,
    ...options,
  })
  closing.push(() => {
    for (const port of ports) port.close()
  })
  const seen = (line: string) => expect.poll(() => log, { interval: 5 }).toContain(line)
  return { pool, log, fetched, crash, seen }
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const fine = (): Outcome => ({
  ok: true,
  frame: new ArrayBuffer(8),
  computeMs: 1,
  backend: { name: 'reference', reason: '' },
})
const never = new Promise<Outcome>(() => undefined)
const frame = () => new ArrayBuffer(8)

describe('Pool', () => {
  test('holds what a lease needs, computes it, and holds it only once', async () => {
    const { pool, log, seen } = rig(fine)
    pool.resize(1)
    pool.assign(lease(1, 1, 2), frame())
    pool.assign(lease(2, 2), frame())
    await seen('computed 2')
    expect(log.filter((line) => line.startsWith('hold'))).toEqual(['hold 1 on 1', 'hold 2 on 1'])
    expect(pool.held()).toEqual([hashOf(1), hashOf(2)])
  })

  test('is awake from when a worker has answered until the last one leaves', async () => {
    const { pool, seen } = rig(fine)
    pool.resize(1)
    expect(pool.isAwake).toBe(false)
    await seen('somebody is awake')
    expect(pool.isAwake).toBe(true)
    pool.resize(0)
    expect(pool.isAwake).toBe(false)
  })

  test('spreads leases over workers, and prefers the worker that holds the shards', async () => {
    const { pool, log, seen } = rig(fine)
    pool.resize(2)
    pool.assign(lease(1, 1), frame())
    pool.assign(lease(2, 2), frame())
    await seen('computed 2')
    await seen('computed 1')
    pool.assign(lease(3, 2), frame())
    await seen('computed 3')
    expect(log.filter((line) => line.startsWith('hold')).sort()).toEqual([
      'hold 1 on 1',
      'hold 2 on 2',
    ])
  })

  test('shards of the next lease travel while the current one computes', async () => {
    const { pool, fetched, seen } = rig(() => never)
    pool.resize(1)
    pool.assign(lease(1, 1), frame())
    await seen('started 1')
    pool.assign(lease(2, 2), frame())
    await seen('hold 2 on 1')
    expect(fetched).toEqual(['1', '2'])
  })

  test('shards ahead are held by every worker before any lease, and not again with it', async () => {
    const { pool, log, seen } = rig(fine)
    pool.resize(2)
    const { app, shards } = lease(0, 1, 2)
    pool.ahead({ app, shards })
    await seen('hold 2 on 2')
    pool.assign(lease(1, 1, 2), frame())
    await seen('computed 1')
    const holds = ['hold 1 on 1', 'hold 1 on 2', 'hold 2 on 1', 'hold 2 on 2']
    expect(log.filter((line) => line.startsWith('hold')).sort()).toEqual(holds)
  })

  test('bytes that were with a worker when it ended are lost, and fetched for the next one', async () => {
    const { pool, log, seen, crash } = rig(
      fine,
      {},
      () => null,
      (worker) => worker === 1,
    )
    pool.resize(1)
    pool.assign(lease(1, 1), frame())
    await seen('hold 1 on 1')
    crash[0]!('out of memory')
    await seen('lost 1')
    await seen('computed 1')
    expect(log).toContain('hold 1 on 2')
  })

  test('drops the least recently used shard for room, never one that a lease in hand needs', async () => {
    const { pool, log, seen } = rig(fine, { holdBytesMax: 200 })
    pool.resize(1)
    pool.assign(lease(1, 1, 2), frame())
    await seen('computed 1')
    pool.assign(lease(2, 1, 3), frame())
    await seen('computed 2')
    expect(log).toContain('drop 2 on 1')
    expect(log).not.toContain('drop 1 on 1')
  })

  test('holds less where memory cannot grow, and computes all the same', async () => {
    const full = { detail: 'no room for 100 B more', isFull: true }
    const { pool, log, seen } = rig(fine, {}, (held) => (held < 2 ? null : full))
    pool.resize(1)
    for (let k = 1; k <= 4; k++) {
      pool.assign(lease(k, k), frame())
      await seen(`computed ${k}`)
    }
    expect(log.filter((line) => line.startsWith('drop'))).toContain('drop 1 on 1')
    pool.assign(lease(5, 5, 6, 7), frame())
    await seen('broke 5: shard-unavailable, no room for 100 B more')
    pool.assign(lease(6, 4), frame())
    await seen('computed 6')
  })

  test('a cancelled lease never starts', async () => {
    const { pool, log, seen } = rig(fine)
    pool.resize(1)
    pool.assign(lease(1, 1), frame())
    pool.assign(lease(2, 1), frame())
    pool.cancel(2)
    pool.assign(lease(3, 1), frame())
    await seen('computed 3')
    expect(log).not.toContain('started 2')
  })

  test('a shard that cannot be had breaks its lease, not the worker', async () => {
    let failing = true
    const lend: PoolOptions['lend'] = async (_hash, use) => {
      if (failing) throw new Error('the server answered 404')
      await use(new Uint8Array(100))
    }
    const { pool, seen } = rig(fine, { lend })
    pool.resize(1)
    pool.assign(lease(1, 1), frame())
    await seen('broke 1: shard-unavailable, the server answered 404')
    failing = false
    pool.assign(lease(2, 1), frame())
    await seen('computed 2')
  })

  test('rests between leases so that the duty is kept', async () => {
    let runs = 0
    const slow = async () => {
      runs++
      await new Promise((resolve) => setTimeout(resolve, 40))
      return fine()
    }
    const { pool, seen } = rig(slow, { duty: () => 25 })
    pool.resize(1)
    pool.assign(lease(1), frame())
    pool.assign(lease(2), frame())
    await seen('computed 1')
    await expect.poll(() => pool.states, { interval: 5 }).toEqual(['resting'])
    expect(runs).toBe(1)
    await seen('computed 2')
  })

  test('a worker that hangs is replaced; its queue moves on', async () => {
    const { pool, log, seen } = rig((worker) => (worker === 1 ? never : fine()))
    pool.resize(1)
    pool.assign(lease(1, 1), frame())
    pool.assign(lease(2, 1), frame())
    await seen('started 1')
    pool.check(performance.now() + 14_000)
    expect(log).not.toContain('end 1')
    pool.check(performance.now() + 16_000)
    await seen('broke 1: kernel-error, no answer for 15 s')
    await seen('computed 2')
    expect(pool.problem).toBeNull()
  })

  test('workers that only crash are given up with one sentence', () => {
    const { pool, crash, log } = rig(fine)
    pool.resize(1)
    for (let k = 0; k < 3; k++) crash[k]!('no such file')
    expect(pool.states).toEqual([])
    expect(pool.problem).toBe('Computing fails on this device: no such file')
    pool.assign(lease(1), frame())
    expect(log.at(-1)).toMatch(/^broke 1: stopped, Computing fails/)
  })

  test('fewer workers: queued leases move, the running one ends first', async () => {
    let finish: (outcome: Outcome) => void = () => undefined
    const { pool, log, seen } = rig((worker) =>
      worker === 2
        ? new Promise<Outcome>((resolve) => {
            finish = resolve
          })
        : fine(),
    )
    pool.resize(2)
    pool.assign(lease(1), frame())
    pool.assign(lease(2), frame())
    await seen('started 2')
    await seen('computed 1')
    pool.resize(1)
    expect(log).not.toContain('end 2')
    finish(fine())
    await seen('end 2')
    expect(log).toContain('computed 2')
  })
})
