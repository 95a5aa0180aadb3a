/** A snapshot at any record of a log leaves what the records before it leave, down to what waits for what. */
import { afterAll, describe, expect, test } from 'vitest'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import { mf } from './app.ts'
import type { MfState } from './state.ts'
import { drive } from './testData.ts'

const [USERS, ITEMS] = [60, 30]

/** What a state is, whether its rows that came ahead came in one delta or in several. */
function essence(state: MfState) {
  const { users, items, ahead, points, best, half, itemPenalty, doubts, aheadWork } = state
  const joined = (of: 'index' | 'rows' | 'bias' | 'loss') => ahead.flatMap((one) => [...one[of]])
  return {
    // Functions are never equal.
    ...{ users: { ...users, workOf: null }, items: { ...items, workOf: null }, points },
    ...{ best, half, itemPenalty, doubts, aheadWork },
    exactObjective: state.exactObjective,
    ahead: [joined('index'), joined('rows'), joined('bias'), joined('loss')],
  }
}

/** How many of the snapshots had rows that came ahead of their sweep. */
let aheads = 0
afterAll(() => expect(aheads).toBeGreaterThan(0))

describe.each([
  ['exact', { rank: 4, sweeps: 4, tol: 0 }],
  ['coordinates, early stopping', { rank: 3, solver: 'ccd', sweeps: 12, earlyStop: true }],
  ['implicit feedback', { rank: 3, implicit: true, sweeps: 3, tol: 0 }],
])('%s', (_name, spec) => {
  test('prefixes of a log, as snapshots', () => {
    const validation = randomRatings(7, USERS, ITEMS, 60)
    const ratings = randomRatings(3, USERS, ITEMS, 500)
    const dataset = datasetOf(ratings, USERS, ITEMS, { validation, perShard: 20 })
    const { records } = drive(dataset, { ...spec, leaseMs: 1 }, { slots: 4, workPerMs: 5_000 })
    const open = (): MfState => mf.open(mf.spec.parse(spec), dataset, seededRandom(1))
    const replayed = open()
    expect(records.length).toBeGreaterThan(20)
    for (const [k, record] of records.entries()) {
      mf.replay(replayed, record)
      if (mf.finished(replayed)) break
      if (k % 3 > 0) continue
      aheads += Number(replayed.ahead.length > 0)
      const written = structuredClone(mf.snapshot!(replayed)) as Arrays
      const restored = open()
      mf.replay(restored, written)
      expect(essence(restored)).toEqual(essence(replayed))
    }
  })
})
