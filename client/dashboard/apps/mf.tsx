/** Matrix factorisation: how far predictions are off, and what it recommends to whom. */
import type { JobView } from '../../../shared/protocol.ts'
import { SweepCurves } from '../parts/SweepCurves.tsx'
import { formatCount, formatNumber, formatShare } from '../pure/format.ts'
import { numbersOf } from '../pure/progress.ts'
import { FactorResults } from '../views/FactorResults.tsx'
import type { JobPage } from './page.ts'

const rmse = (value: number | undefined): string => formatNumber(value, 4)

const isImplicit = (job: JobView): boolean => job.spec.implicit === true

export const mf: JobPage = {
  line: (spec) => {
    const solver = spec.solver === 'ccd' ? 'coordinate descent' : 'least squares'
    return `rank ${spec.rank}, ${spec.implicit === true ? 'implicit feedback' : solver}`
  },
  details: (spec) => [
    typeof spec.lambda === 'number' ? `λ ${formatNumber(spec.lambda, 4)}` : 'λ by default',
    ...(spec.weighted === true ? ['λ by number of ratings'] : []),
    ...(spec.implicit === true ? [`α ${spec.alpha}`] : []),
    ...(spec.biases === false && spec.implicit !== true ? ['no biases'] : []),
    `at most ${spec.sweeps} sweeps`,
    ...(spec.earlyStop === true ? ['stops when the validation error rises'] : []),
  ],
  brief(job) {
    const { testRmse, trainRmse, objective } = numbersOf(job)
    const errors = [
      { name: 'Test RMSE', value: rmse(testRmse) },
      { name: 'Train RMSE', value: rmse(trainRmse) },
    ]
    const shown = isImplicit(job) ? [] : errors.slice(testRmse === undefined ? 1 : 0)
    return [...shown, { name: 'Objective', value: formatNumber(objective, 5) }, sweepOf(job)]
  },
  figures(job) {
    const numbers = numbersOf(job)
    const { testRmse, trainRmse, testMae, objective, lambda } = numbers
    const errors = [
      {
        name: 'Test RMSE',
        value: rmse(testRmse),
        note: testNote(numbers),
      },
      { name: 'Train RMSE', value: rmse(trainRmse) },
      ...(testMae === undefined ? [] : [{ name: 'Test MAE', value: rmse(testMae) }]),
    ]
    return [
      ...(isImplicit(job) ? rankingOf(numbers) : errors),
      {
        name: 'Objective',
        value: formatNumber(objective),
        note: lambda === undefined ? null : `λ ${formatNumber(lambda, 4)}`,
      },
      sweepOf(job),
    ]
  },
  Curves: ({ job, lines }) => (
    <SweepCurves
      job={job.id}
      lines={lines}
      // While a sweep is under way the errors are those of the one before.
      done={({ values, phase }) =>
        values.sweep === undefined ? null : values.sweep - Number(phase !== 'converged')
      }
      curves={[
        {
          ...{ title: 'Error of the predictions (RMSE)', wide: true, format: rmse },
          subject: 'The root mean square error',
          values: isImplicit(job)
            ? []
            : [
                ['testRmse', 'test'],
                ['trainRmse', 'train'],
                ['validRmse', 'validation'],
              ],
        },
        {
          ...{ title: 'Objective', subject: 'The objective' },
          values: [['objective', 'objective']],
        },
      ]}
    />
  ),
  reads: ['recommendations.csv', 'users.csv', 'items.csv', 'biases.csv'],
  Results: FactorResults,
}

function testNote({ trainRmse, testRmse, testRatings }: Record<string, number>): string | null {
  // Before the first sweep neither error is known.
  if (testRmse === undefined) return trainRmse === undefined ? null : 'no test set in this dataset'
  return testRatings === undefined
    ? 'on ratings not seen'
    : `on ${formatCount(testRatings)} ratings not seen`
}

/** What counts where there are no ratings to be off from: hits among the first ten. */
function rankingOf({ precisionAt10, ndcgAt10 }: Record<string, number>) {
  if (precisionAt10 === undefined) return []
  return [
    {
      name: 'Precision at 10',
      value: formatShare(precisionAt10, 1),
      note: 'of the first ten are in the test set',
    },
    { name: 'NDCG at 10', value: formatNumber(ndcgAt10, 3) },
  ]
}

function sweepOf(job: JobView) {
  const { sweep, bestSweep } = numbersOf(job)
  return {
    name: 'Sweep',
    value: formatCount(sweep),
    note:
      bestSweep === undefined
        ? `of at most ${job.spec.sweeps}`
        : `the model is that of sweep ${bestSweep}`,
  }
}
