/** Shards hold whole columns, are even, and waste little by mixing types. */
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../../shared/errors.ts'
import { SHARD_BYTES_TARGET } from '../../../../shared/shard.ts'
import { plannedBytes, planShards, type ShardPlan } from './plan.ts'
import { ColumnStats } from './stats.ts'

/** Statistics of made-up columns: how many non-zeros, and one value that sets the type. */
function statsOf(columns: { nonZeros: number; like: number }[]): ColumnStats {
  const stats = new ColumnStats(columns.length, false)
  columns.forEach(({ nonZeros, like }, j) => {
    stats.add(j, like)
    stats.nonZeros[j] = nonZeros
  })
  return stats
}

const repeat = (n: number, nonZeros: number, like: number) =>
  Array.from({ length: n }, () => ({ nonZeros, like }))
const kinds = (plans: ShardPlan[]) => [
  ...new Set(plans.map(({ layout, valueType }) => `${layout} ${valueType}`)),
]
const plan = (stats: ColumnStats, rows: number) => planShards(stats, rows, (j) => `x${j + 1}`)

describe('planShards', () => {
  it.each([
    ['dense u2', 2000, repeat(9000, 1500, 2)],
    ['dense f64', 2000, repeat(700, 1900, 0.1)],
    ['sparse f64', 20000, repeat(50000, 31, 0.1)],
    ['sparse u8', 100000, repeat(9000, 400, 1)],
    [
      'sparse f32',
      70000,
      Array.from({ length: 30000 }, (_, j) => ({ nonZeros: j % 90, like: 0.5 })),
    ],
  ])('cuts %s columns into even shards of about a megabyte', (kind, rows, columns) => {
    const stats = statsOf(columns)
    const plans = plan(stats, rows)
    expect(kinds(plans)).toEqual([kind])
    expect(plans.length).toBeGreaterThan(2)
    const bytes = plans.map((shard) => plannedBytes(rows, shard, stats))
    expect(Math.min(...bytes)).toBeGreaterThan(0.9 * Math.max(...bytes))
    expect(Math.max(...bytes)).toBeLessThan(1.3 * SHARD_BYTES_TARGET)
    expect(Math.min(...bytes)).toBeGreaterThan(0.7 * SHARD_BYTES_TARGET)
    plans.forEach((shard, k) => {
      expect(shard.from).toBe(k === 0 ? 0 : plans[k - 1]!.to)
    })
    expect(plans.at(-1)!.to).toBe(columns.length)
  })

  it('keeps one wide column from widening the rest', () => {
    const columns = [...repeat(5000, 1500, 1), ...repeat(1, 1500, 0.1), ...repeat(5000, 1500, 1)]
    const stats = statsOf(columns)
    const plans = plan(stats, 2000)
    const wide = plans.filter(({ valueType }) => valueType === 'f64')
    expect(wide.length).toBe(1)
    expect(wide[0]!.to - wide[0]!.from).toBeLessThan(30)
    const total = plans.reduce((sum, shard) => sum + plannedBytes(2000, shard, stats), 0)
    expect(total).toBeLessThan(512 * 10000 + 16000 + SHARD_BYTES_TARGET / 2)
  })

  it('stores dense and sparse columns apart', () => {
    const plans = plan(statsOf([...repeat(300, 9000, 0.1), ...repeat(9000, 40, 0.1)]), 10000)
    expect(kinds(plans)).toEqual(['dense f64', 'sparse f64'])
  })

  it('gives a column of about a shard or more one of its own, up to a limit', () => {
    for (const rows of [90000, 400000]) {
      const plans = plan(statsOf(repeat(5, rows, 0.1)), rows)
      expect(plans.map(({ from, to }) => to - from)).toEqual([1, 1, 1, 1, 1])
    }
    expect(() => plan(statsOf(repeat(1, 2e8, 0.1)), 2e8)).toThrow(UserError)
  })
})
