/** What tabs remember need not travel; what they have lost does; and no bit of the model depends on it. */
import { describe, expect, it } from 'vitest'
import type { Block } from '../../app.ts'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import { mf } from './app.ts'
import { openMemory, rollUp } from './memory.ts'
import { push } from './push.ts'
import type { MfState } from './state.ts'
import { type Driven, drive } from './testData.ts'

const small = () => datasetOf(randomRatings(7), 60, 50)
const kinds = [
  { rank: 3 },
  { rank: 4, weighted: true, biases: false },
  { rank: 3, solver: 'ccd' },
  { rank: 3, implicit: true, alpha: 2, lambda: 0.5, weighted: true },
  { rank: 4, precision: 'f16' },
  { rank: 4, precision: 'f16', solver: 'ccd' },
]
const modelOf = ({ state: { users, items } }: Driven): Float32Array[] => [
  ...[users.factors, users.bias, items.factors, items.bias],
]

describe('leases to tabs that remember', () => {
  it.each(kinds)('give the same model bit for bit: %o', (kind) => {
    const spec = { ...kind, sweeps: 6, tol: 0 }
    const whole = drive(small(), spec, { slots: 4, workPerMs: 200 })
    for (const tabs of [1, 2, 5]) {
      const slots = { slots: 4, workPerMs: 200, order: tabs }
      const packed = drive(small(), spec, { ...slots, tabs })
      expect(modelOf(packed)).toEqual(modelOf(whole))
      expect(packed.state.points).toEqual(whole.state.points)
      // A lease to a tab that dies, or lies, is forgotten with all that its tab knew.
      const wild = drive(small(), spec, {
        ...{ ...slots, tabs },
        spoil(answer, random) {
          if (random.next() < 0.1) return null
          if (random.next() < 0.1) return { ...answer, loss: answer.loss!.map((x) => -1 - x) }
          return answer
        },
      })
      expect(modelOf(wild)).toEqual(modelOf(whole))
    }
  })

  it('carry what is new, and to the only tab nothing', () => {
    expect(lease(open(), 'tab').arrays.factors!.length).toBeGreaterThan(0)
    const spec = { rank: 16, sweeps: 6, tol: 0 }
    const ratings = datasetOf(randomRatings(3, 300, 200, 6000), 300, 200)
    const of = (tabs: number) => drive(ratings, spec, { slots: 4, workPerMs: 2000, tabs }).bytesDown
    const [none, one, three] = [of(0), of(1), of(3)]
    expect(one).toBeLessThan(0.1 * none)
    expect(three).toBeLessThan(0.6 * none)
  })
})

function open(): MfState {
  return mf.open(mf.spec.parse({ rank: 3 }), small(), seededRandom(1))
}

function lease(state: MfState, memory?: string): Block {
  const named = memory === undefined ? {} : { memory }
  const offer = { workPerMs: 200, rttMs: 1, holds: () => true, slots: 2, ...named }
  const block = mf.schedule(state, offer)
  if ('idle' in block) throw new Error('nothing to lease')
  return block
}

function settle(state: MfState, block: Block, whole: Arrays): Arrays {
  const answer = push(whole, block.shards.map(state.dataset.shard))
  expect(mf.check(state, block, answer)).toBeNull()
  mf.pull(state, block, answer)
  return answer
}

describe('a memory', () => {
  it('that has lost something fails, and the next lease begins anew', () => {
    const state = open()
    let memory = openMemory()
    const first = lease(state, 'tab')
    const { lease: whole, keep } = memory.recall(first.arrays)
    keep(settle(state, first, whole))
    memory = openMemory()
    let next = lease(state, 'tab')
    // Popular items were in the first lease.
    expect(next.arrays.held!.some((bits) => bits > 0)).toBe(true)
    expect(() => memory.recall(next.arrays)).toThrow(/counts on row \d+, which is not here/)
    mf.release(state, next)
    next = lease(state, 'tab')
    expect(next.arrays.sizes![2]).toBe(1)
    settle(state, next, memory.recall(next.arrays).lease)
  })

  it('is told to forget by a server that has started anew, and trusts no number', () => {
    const memory = openMemory()
    const { arrays } = lease(open(), 'tab')
    expect(memory.recall(arrays).lease).toMatchObject({ others: expect.any(Uint32Array) })
    const again = lease(open(), 'tab')
    expect(memory.recall(again.arrays).lease).toEqual(openMemory().recall(arrays).lease)
    const [side, count] = arrays.sizes as unknown as [number, number]
    const huge = { ...arrays, sizes: Uint32Array.of(side, 2 ** 31, 1) }
    expect(() => openMemory().recall(huge)).toThrow(/cannot be remembered/)
    const far = { ...arrays, marks: new Uint8Array(0), others: Uint32Array.of(count + 1e6) }
    expect(() => openMemory().recall(far)).toThrow(/there is no row/)
    const long = { ...arrays, runs: Uint32Array.of(0, 0, 0, 2 ** 31) }
    expect(() => openMemory().recall(long)).toThrow(/not to be solved at once/)
  })

  it('takes whole leases as they are', () => {
    const { arrays } = lease(open())
    expect(openMemory().recall(arrays).lease).toBe(arrays)
  })
})

it('neighbours travel as runs', () => {
  const of = (...numbers: number[]) => Uint32Array.from(numbers)
  expect(rollUp(of(0, 0, 0, 1, 1), of(4, 5, 7, 8, 9), of(4, 5, 7, 18, 19))).toEqual(
    of(0, 4, 4, 2, 0, 7, 7, 1, 1, 8, 18, 2),
  )
})
