/** The app of README.md is the one here, and it runs: on honest tabs, and on liars through a crash. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openEngine } from '../../server/core/engine.ts'
import { simulate } from '../../server/core/sim.ts'
import { drawFleet } from '../../server/core/simFleet.ts'
import { seededRandom } from '../random.ts'
import { datasetOfFamily, makeFamily } from '../schedule/families.ts'
import { kernel, means } from './example.ts'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

test('README.md shows it as it is', () => {
  expect(read('README.md')).toContain(`\`\`\`ts\n${read('example.ts')}\`\`\``)
})

test.each([0, 0.5])('finds the means of all columns, %d of the volunteers lying', (liars) => {
  const family = makeFamily('zipf', { seed: 3, rows: 200, columns: 300 })
  const dataset = datasetOfFamily(family)
  const truth = Array.from({ length: 300 }, (_, j) => {
    const column = family.values.slice(family.starts[j], family.starts[j + 1])
    return column.reduce((a, b) => a + b, 0) / 200
  })
  const { push } = kernel
  const job = { id: 'means', app: means, spec: {}, dataset, push, seed: 1, submittedMs: 0 }
  const shape = { volunteers: 6, workPerMs: [50, 500], arriveMs: 100, leavers: 0.2 } as const
  const volunteers = drawFleet({ ...shape, liars, trouble: 0.1 }, seededRandom(5))
  const { jobs } = simulate({ seed: 1, jobs: [job], volunteers, crashesMs: [60], untilMs: 6e5 })
  const { conclusion, log } = jobs.means!
  expect(conclusion).toMatchObject({ status: 'finished', summary: { columns: 300 } })
  const again = openEngine({ ...job, epoch: 9, log }).state as { mean: Float64Array }
  expect(means.results(again as never)).toEqual(conclusion!.results)
  // A lie about a column that was not looked at gets through: a real app checks more (lasso, svm).
  const wrong = truth.filter((mean, j) => !(Math.abs(mean - again.mean[j]!) < 1e-6))
  expect(wrong.length).toBeLessThanOrEqual(liars === 0 ? 0 : 3)
})
