/** The mathematics of descent on the grid, and what must hold however leases come back. */
import { describe, expect, it } from 'vitest'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import { mfsgd } from './app.ts'
import { STATE_AT, STATES } from './buffers.ts'
import type { Memo } from './leases.ts'
import { push } from './push.ts'
import type { SgdState } from './state.ts'
import { drive, plantedRatings } from './testData.ts'

const shape = { users: 300, items: 80, each: 40, rank: 3, noise: 0.3 }
const planted = plantedRatings(5, shape)
const dataset = datasetOf(planted.train, shape.users, shape.items, { test: planted.test })
const small = datasetOf(randomRatings(3), 60, 50)

/** All that a commit changes. */
const modelOf = ({ users, items, epochs, losses }: SgdState) => ({
  rows: [users.factors, users.state, users.bias, items.factors, items.state, items.scale],
  ...{ epochs, losses },
})

describe('the error on ratings not seen', () => {
  it.each([{ slots: 1 }, { slots: 4 }, { slots: 3, tabs: 2 }])(
    'falls near to the noise: %o',
    (options) => {
      const { state } = drive(dataset, { rank: 4, epochs: 40, schedule: { audit: 0 } }, options)
      const errors = state.epochs.map(({ testRmse }) => testRmse)
      expect(errors[0]).toBeGreaterThan(2 * shape.noise)
      expect(errors.at(-1)).toBeLessThan(1.35 * shape.noise)
      expect(errors.at(-1)).toBeGreaterThan(shape.noise * 0.9)
    },
  )

  it('with one block for all is that of many blocks, or nearly', () => {
    const errorOf = (parts: number, blocks: number): number => {
      const schedule = { parts, blocks, audit: 0 }
      return drive(dataset, { rank: 4, epochs: 20, schedule }).state.epochs.at(-1)!.testRmse
    }
    expect(Math.abs(errorOf(6, 5) / errorOf(1, 1) - 1)).toBeLessThan(0.1)
  })

  it('biases can be left out', () => {
    const { state } = drive(small, { rank: 3, epochs: 3, biases: false })
    expect([...state.users.bias, ...state.items.bias].every((bias) => bias === 0)).toBe(true)
    expect(mfsgd.results(state).map(({ name }) => name)).not.toContain('biases.csv')
  })

  it('on validation ratings decides when to stop, and which model is handed out', () => {
    const validation = plantedRatings(5, { ...shape, noise: 3 })
    const noisy = datasetOf(validation.train.slice(0, 3000), shape.users, shape.items, {
      validation: validation.test,
      test: validation.test,
    })
    const { state } = drive(noisy, { rank: 8, epochs: 60, eta: 0.3, lambda: 0 })
    const { epochs, best } = state
    expect(epochs.length).toBeLessThan(60)
    expect(best!.epoch).toBe(epochs.length - 2)
    const { validRmse, testRmse, bestEpoch } = mfsgd.summary(state)
    expect({ validRmse, testRmse, bestEpoch }).toEqual({
      validRmse: best!.validRmse,
      testRmse: best!.validRmse,
      bestEpoch: best!.epoch,
    })
  })
})

describe('the grid', () => {
  it('visits every rating exactly once an epoch', () => {
    const visits = new Map<string, number>()
    const onLease = (_: SgdState, { memo }: { memo: unknown }): void => {
      const { firstUser, endUser, firstItem, endItem } = (memo as Memo).cell
      const { epoch } = memo as Memo
      for (const [u, i] of planted.train)
        if (u >= firstUser && u < endUser && i >= firstItem && i < endItem)
          visits.set(`${u} ${i} ${epoch}`, (visits.get(`${u} ${i} ${epoch}`) ?? 0) + 1)
    }
    drive(dataset, { rank: 2, epochs: 3, schedule: { parts: 5, blocks: 4 } }, { onLease })
    expect(visits.size).toBe(3 * planted.train.length)
    expect(new Set(visits.values())).toEqual(new Set([1]))
  })

  it('never leases a part or a block twice', () => {
    const state = mfsgd.open(
      mfsgd.spec.parse({ schedule: { parts: 4, blocks: 6 } }),
      dataset,
      seededRandom(1),
    )
    const offer = { workPerMs: 1e5, rttMs: 1, holds: () => true, slots: 4 }
    const cells = []
    for (;;) {
      const block = mfsgd.schedule(state, offer)
      if ('idle' in block) break
      cells.push((block.memo as Memo).cell)
    }
    expect(cells).toHaveLength(4)
    expect(new Set(cells.map((cell) => cell.part)).size).toBe(4)
    expect(new Set(cells.map((cell) => cell.block)).size).toBe(4)
  })

  it('follows the fleet between epochs', () => {
    const state = mfsgd.open(mfsgd.spec.parse({ epochs: 4 }), dataset, seededRandom(1))
    const sizes: number[] = []
    while (!mfsgd.finished(state)) {
      const slots = state.epochs.length < 2 ? 1 : 6
      const offer = { workPerMs: 1000, rttMs: 1, holds: () => true, slots }
      const block = mfsgd.schedule(state, offer)
      if ('idle' in block) throw new Error(block.idle)
      sizes[state.epochs.length] = state.grid!.blocks.length - 1
      mfsgd.pull(state, block, push(block.arrays, block.shards.map(dataset.shard)))
      mfsgd.advance(state)
    }
    expect(sizes[3]).toBeGreaterThan(sizes[0]!)
  })
})

describe('same seed', () => {
  it('and one slot: the same bits, with a memory or without', () => {
    const run = (tabs: number) => drive(small, { rank: 3, epochs: 4 }, { slots: 1, tabs })
    const [bare, again, remembering] = [run(0), run(0), run(1)]
    expect(modelOf(again.state)).toEqual(modelOf(bare.state))
    expect(modelOf(remembering.state)).toEqual(modelOf(bare.state))
    expect(remembering.bytesDown).toBeLessThan(0.4 * bare.bytesDown)
  })

  it('whoever dies on the way', () => {
    const dying = (answer: Arrays, random: { next(): number }) =>
      random.next() < 0.2 ? null : answer
    const spec = { rank: 3, epochs: 4, schedule: { audit: 1 } }
    const { state, refusals } = drive(small, spec, { tabs: 2, spoil: dying })
    expect(refusals).toEqual([])
    expect(state.epochs).toHaveLength(4)
  })
})

describe('replay', () => {
  it.each([{}, { biases: false }, { schedule: { parts: 3, blocks: 5 } }])(
    'of the log gives the same model, bit for bit (%o)',
    (more) => {
      const spec = { rank: 5, epochs: 4, ...more }
      const { state, records } = drive(dataset, spec, { slots: 4 })
      const again = mfsgd.open(mfsgd.spec.parse(spec), dataset, seededRandom(1))
      for (const record of records) mfsgd.replay(again, record)
      expect(modelOf(again)).toEqual(modelOf(state))
      expect(mfsgd.finished(again)).toBe(true)
      expect(mfsgd.results(again)).toEqual(mfsgd.results(state))
      expect(mfsgd.summary(again)).toEqual(mfsgd.summary(state))
    },
  )
})

describe('a snapshot', () => {
  it.each([{}, { earlyStop: true, eta: 0.5, epochs: 9 }])(
    'takes the place of the log so far, at any moment: %o',
    (more) => {
      const held = { test: planted.test, validation: planted.test }
      const data = datasetOf(planted.train, shape.users, shape.items, held)
      const spec = { rank: 3, epochs: 4, ...more, schedule: { parts: 4, blocks: 3 } }
      const { state, records } = drive(data, spec, { slots: 3 })
      const open = () => mfsgd.open(mfsgd.spec.parse(spec), data, seededRandom(1))
      for (const share of [0, 0.3, 0.61, 1]) {
        const cut = Math.floor(share * records.length)
        const [first, second] = [open(), open()]
        for (const record of records.slice(0, cut)) mfsgd.replay(first, record)
        mfsgd.replay(second, mfsgd.snapshot!(first))
        for (const record of records.slice(cut)) mfsgd.replay(second, record)
        expect(modelOf(second)).toEqual(modelOf(state))
        expect(mfsgd.summary(second)).toEqual(mfsgd.summary(state))
      }
    },
  )
})

describe('check', () => {
  function leased(audit: number) {
    const spec = { rank: 4, schedule: { audit, parts: 2, blocks: 2 } }
    const state = mfsgd.open(mfsgd.spec.parse(spec), dataset, seededRandom(1))
    const offer = { workPerMs: 1e5, rttMs: 1, holds: () => true, slots: 1 }
    const block = mfsgd.schedule(state, offer)
    if ('idle' in block) throw new Error('nothing to lease')
    return { state, block, delta: push(block.arrays, block.shards.map(dataset.shard)) }
  }

  it('lets honest work pass, audited or not', () => {
    for (const audit of [0, 1]) {
      const { state, block, delta } = leased(audit)
      expect(mfsgd.check(state, block, delta)).toBeNull()
    }
  })

  it.each([
    [/^shape: users has/, ({ users }: Arrays) => ({ users: users!.slice(1) })],
    [/^shape: loss has/, () => ({ loss: new Float64Array(3) })],
    [/ratings visited of/, ({ loss }: Arrays) => ({ loss: Float64Array.of(loss![0]!, 1) })],
    [/the loss is -1/, ({ loss }: Arrays) => ({ loss: Float64Array.of(-1, loss![1]!) })],
    [
      /has the scale/,
      ({ itemState }: Arrays) => ({ itemState: withState(itemState!, STATE_AT.scale, 1e5) }),
    ],
    [
      /has the bias/,
      ({ userState }: Arrays) => ({ userState: withState(userState!, STATE_AT.bias, 1e9) }),
    ],
    [
      /has a sum below 0/,
      ({ itemState }: Arrays) => ({ itemState: withState(itemState!, STATE_AT.sum, -1) }),
    ],
    [/do not fit/, (delta: Arrays) => wild(delta)],
  ] as [RegExp, (delta: Arrays) => Arrays][])('refuses: %s', (reason, lie) => {
    const { state, block, delta } = leased(0)
    expect(mfsgd.check(state, block, { ...delta, ...lie(delta) })).toMatch(reason)
  })

  const withState = (states: Arrays[string], at: number, value: number): Arrays[string] =>
    states.map((before, k) => (k % STATES === at ? value : before))
  /** Rows that predict 100 × 100 × rank. */
  const wild = ({ users, items, userState, itemState }: Arrays): Arrays => ({
    users: users!.map(() => 100),
    items: items!.map(() => 100),
    userState: withState(userState!, STATE_AT.scale, 1),
    itemState: withState(itemState!, STATE_AT.scale, 1),
  })

  it('finds by audit what the pass does not leave, however small', () => {
    const { state, block, delta } = leased(1)
    const items = delta.items!.slice()
    items[7]! += items[7]! < 100 ? 1 : -1
    expect(mfsgd.check(state, block, { ...delta, items })).toMatch(/audit: items/)
  })
})

it('refuses data of another kind with a sentence', () => {
  const manifest = { ...small.manifest, kind: 'matrix' as const }
  expect(() => mfsgd.open(mfsgd.spec.parse({}), { ...small, manifest }, seededRandom(1))).toThrow(
    /is a matrix, and matrix factorisation needs ratings/,
  )
})
