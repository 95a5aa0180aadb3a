/** Generated ratings follow a power law on both sides, repeat nothing, and can be learnt. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeRatings } from './ratings.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-ratings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('ratings: so many, no pair twice, power laws on both sides, the same from one seed', async () => {
  const path = join(folder, 'a.csv')
  const shape = { users: 3000, items: 800, ratings: 100_000, seed: 3 }
  const count = await writeRatings({ path, ...shape })
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)
  expect(lines).toHaveLength(count)
  // The busiest users would have rated more items than they may.
  expect(count / 100_000).toBeGreaterThan(0.75)
  expect(count / 100_000).toBeLessThan(1.02)
  expect(new Set(lines.map((line) => line.slice(0, line.lastIndexOf(',')))).size).toBe(count)
  const ratings = lines.map((line) => line.split(',').map(Number) as [number, number, number])
  for (const side of [0, 1]) {
    const degree = new Map<number, number>()
    for (const rating of ratings) degree.set(rating[side]!, (degree.get(rating[side]!) ?? 0) + 1)
    const most = [...degree.values()].sort((a, b) => b - a)
    const top = most.slice(0, most.length / 100).reduce((sum, n) => sum + n, 0)
    expect(top / count).toBeGreaterThan(0.04)
    expect(most[0]! / count).toBeLessThan(0.03)
  }
  const mean = ratings.reduce((sum, [, , a]) => sum + a, 0) / count
  const deviation = Math.sqrt(ratings.reduce((sum, [, , a]) => sum + (a - mean) ** 2, 0) / count)
  expect(mean).toBeCloseTo(5.5, 0)
  // √(2·0.7² + 1.2² + 0.8² + 1/12)
  expect(deviation).toBeCloseTo(1.77, 1)
  const again = join(folder, 'b.csv')
  await writeRatings({ path: again, ...shape })
  expect(readFileSync(again)).toEqual(readFileSync(path))
})
