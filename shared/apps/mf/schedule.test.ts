/** Blocks of equal work, sides that wait for each other, and leases that someone sits on. */
import { describe, expect, it } from 'vitest'
import type { Block } from '../../app.ts'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import { mf } from './app.ts'
import type { Memo } from './leases.ts'
import { push } from './push.ts'
import { nextBlock } from './schedule.ts'
import type { MfState } from './state.ts'
import { drive } from './testData.ts'

describe('blocks', () => {
  it('have equal work, whatever the power law, and heavy rows are blocks of their own', () => {
    const random = seededRandom(1)
    const degree = Uint32Array.from({ length: 6000 }, () => Math.ceil(3 / random.next() ** 0.8))
    const workOf = (n: number): number => n
    const total = degree.reduce((sum, n) => sum + n, 0)
    for (const parts of [8, 32, 100]) {
      const size = total / parts
      const left = new Set(degree.keys())
      const blocks: number[][] = []
      while (left.size > 0) {
        const block = nextBlock(left, { degree, workOf }, size)
        for (const row of block) expect(left.delete(row)).toBe(true)
        blocks.push(block)
      }
      const loads = blocks.map((block) => block.reduce((sum, row) => sum + degree[row]!, 0))
      const many = loads.filter((_, k) => blocks[k]!.length > 1).slice(0, -1)
      expect(Math.max(...many) / size, `${parts} parts`).toBeLessThan(1.5)
      expect(Math.min(...many) / size, `${parts} parts`).toBeGreaterThan(0.5)
      for (const [k, block] of blocks.entries())
        if (loads[k]! > 1.5 * size) expect(block).toHaveLength(1)
    }
  })

  it('carry only the rows of the other side that they touch', () => {
    const ratings = randomRatings(3)
    const state = open(ratings)
    const block = lease(state, { workPerMs: 300 })!
    const rows = new Set((block.memo as Memo).rows)
    const touched = new Set(ratings.filter(([u]) => rows.has(u)).map(([, i]) => i))
    expect([...block.arrays.others!]).toEqual([...touched].sort((a, b) => a - b))
    expect(block.arrays.factors).toHaveLength(3 * touched.size)
    expect(touched.size).toBeLessThan(50)
  })
})

function open(ratings = randomRatings(3), spec: Record<string, unknown> = {}): MfState {
  const dataset = datasetOf(ratings, 60, 50)
  return mf.open(mf.spec.parse({ rank: 3, ...spec }), dataset, seededRandom(1))
}

function lease(state: MfState, more: { workPerMs?: number; slots?: number } = {}): Block | null {
  const offer = { workPerMs: 1e5, rttMs: 1, holds: () => true, slots: 2, ...more }
  const block = mf.schedule(state, offer)
  return 'idle' in block ? null : block
}

function settle(state: MfState, block: Block): number {
  const answer = push(block.arrays, block.shards.map(state.dataset.shard))
  expect(mf.check(state, block, answer)).toBeNull()
  return mf.pull(state, block, answer).updates
}

describe('order', () => {
  it('items begin while a lease of users is out, and so do the next sweep’s users', () => {
    // Two worlds that share nothing: users and items 0 … 4, and 5 … 9.
    const ratings = Array.from({ length: 50 }, (_, k) => {
      const world = 5 * Number(k >= 25)
      return [world + (k % 5), world + (Math.floor(k / 5) % 5), (k % 7) + 1] as const
    })
    const state = mf.open(
      mf.spec.parse({ rank: 2, sweeps: 3 }),
      datasetOf(ratings, 10, 10, { perShard: 5 }),
      seededRandom(1),
    )
    const slow = lease(state, { workPerMs: 500 })!
    const waiting = new Set((slow.memo as Memo).rows)
    const solved: string[] = []
    const next = (): Block | null => lease(state, { workPerMs: 200 })
    for (let block = next(); block && solved.length < 100; block = next()) {
      const { side, rows } = block.memo as Memo
      for (const row of rows) solved.push(`${side.name} ${row} of sweep ${side.sweep[row]! + 1}`)
      if (side === state.users) for (const row of rows) expect(waiting.has(row)).toBe(false)
      settle(state, block)
    }
    expect(solved).toContain('items 9 of sweep 1')
    expect(solved).toContain('users 9 of sweep 2')
    expect(state.points).toHaveLength(0)
    expect(state.ahead.length).toBeGreaterThan(0)
  })

  it('a lease that nobody hears of is leased again, and the first delta wins', () => {
    const state = open(undefined, { sweeps: 1, leaseMs: 2000 })
    const first = lease(state, { slots: 1, workPerMs: 1e9 })!
    let second: Block | null = null
    let asks = 0
    while (!second && asks++ < 100) second = lease(state)
    expect(asks).toBeGreaterThan(5)
    expect((second!.memo as Memo).rows).toEqual((first.memo as Memo).rows)
    expect(settle(state, second!)).toBeGreaterThan(0)
    const before = state.users.factors.slice()
    expect(settle(state, first)).toBe(0)
    expect(state.users.factors).toEqual(before)
    expect(state.users.left).toBe(0)
  })

  it('rows of a twin are free only when both are gone', () => {
    const state = open(undefined, { leaseMs: 2000 })
    const first = lease(state, { slots: 1, workPerMs: 1e9 })!
    let second: Block | null = null
    while (!second) second = lease(state)
    mf.release(state, first)
    expect(lease(state)).toBeNull()
    mf.release(state, second)
    const third = lease(state, { slots: 1, workPerMs: 1e9 })!
    expect((third.memo as Memo).rows).toEqual((first.memo as Memo).rows)
  })
})

it('a job of many sweeps leases no row of no rating', () => {
  const seen = new Set<string>()
  drive(
    datasetOf(randomRatings(4), 60, 50),
    { rank: 2, sweeps: 4, tol: 0 },
    {
      onPull(_state, block) {
        const { side, rows } = block.memo as Memo
        for (const row of rows) {
          expect(side.degree[row]).toBeGreaterThan(0)
          seen.add(`${side.name} ${row}`)
        }
      },
    },
  )
  expect(seen.size).toBeGreaterThan(60)
})
