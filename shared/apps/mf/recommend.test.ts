/** Lists against all pairs predicted, and the measures of ranking against sums by hand. */
import { describe, expect, it } from 'vitest'
import { predict } from '../../factors/model.ts'
import { rankingOf, recommend } from '../../factors/recommend.ts'
import { datasetOf, type Rating, randomRatings } from '../../factors/testData.ts'
import { mf } from './app.ts'
import type { MfState } from './state.ts'
import { drive } from './testData.ts'

const USERS = 60
const ITEMS = 50

/** The definition: every item that the user has no rating of and somebody has, best first. */
function byHand(state: MfState, ratings: readonly Rating[], user: number): number[] {
  const seen = new Set(ratings.filter(([u]) => u === user).map(([, item]) => item))
  const rated = new Set(ratings.map(([, item]) => item))
  return [...rated]
    .filter((item) => !seen.has(item))
    .sort((a, b) => predict(state, user, b) - predict(state, user, a) || a - b)
}

describe.each([{ rank: 3 }, { rank: 3, implicit: true, lambda: 0.5 }])(
  'the search that skips what cannot win: %o',
  (spec) => {
    it('finds the lists of the definition', () => {
      const ratings = randomRatings(21)
      const { state } = drive(datasetOf(ratings, USERS, ITEMS), { ...spec, sweeps: 3 })
      const lists = recommend(state, 10)
      for (let user = 0; user < USERS; user++) {
        const want = state.users.degree[user]! > 0 ? byHand(state, ratings, user).slice(0, 10) : []
        expect(lists[user]!.map(({ item }) => item)).toEqual(want)
      }
    })
  },
)

it('precision and NDCG are the mean over users of what their lists hit', () => {
  const ratings = randomRatings(22)
  const spec = { rank: 3, implicit: true, lambda: 0.5, sweeps: 3 }
  const trained = drive(datasetOf(ratings, USERS, ITEMS), spec)
  // Test items at chosen places of the lists: user 0 the first and the third, user 1 none of ten.
  const lists = recommend(trained.state, 20)
  const test: Rating[] = [
    [0, lists[0]![0]!.item, 1],
    [0, lists[0]![2]!.item, 4],
    [1, lists[1]![15]!.item, 1],
    // Counts of nothing, and users nobody knows, are no test.
    [2, lists[2]![0]!.item, 0],
  ]
  const { state } = drive(datasetOf(ratings, USERS, ITEMS, { test }), spec)
  const { precision, ndcg } = rankingOf(state, 10)!
  expect(precision).toBeCloseTo(2 / (2 * 10), 12)
  const ideal = 1 + 1 / Math.log2(3)
  expect(ndcg).toBeCloseTo((1 + 1 / Math.log2(4)) / ideal / 2, 12)
  expect(mf.summary(state)).toMatchObject({ precisionAt10: precision, ndcgAt10: ndcg })
})

it('scores that people read lie on the scale of the ratings', () => {
  const ratings = randomRatings(23).map(([u, i, a]): Rating => [u, i, Math.min(a, 3.5)])
  const { state } = drive(datasetOf(ratings, USERS, ITEMS), { rank: 8, lambda: 0.01 })
  const [low, high] = state.scale
  const unclipped = recommend(state, 10).flat()
  expect(unclipped.some(({ score }) => score > high)).toBe(true)
  const file = mf.results(state).find(({ name }) => name === 'recommendations.csv')!
  for (const line of file.text.trimEnd().split('\n').slice(1)) {
    const score = Number(line.slice(line.lastIndexOf(',') + 1))
    expect(score).toBeGreaterThanOrEqual(low)
    expect(score).toBeLessThanOrEqual(high)
  }
})
