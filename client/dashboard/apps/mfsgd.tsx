/** Matrix factorisation by SGD: how far predictions are off, and what it recommends to whom. */
import type { JobView } from '../../../shared/protocol.ts'
import { SweepCurves } from '../parts/SweepCurves.tsx'
import { formatCount, formatNumber } from '../pure/format.ts'
import { numbersOf } from '../pure/progress.ts'
import { FactorResults } from '../views/FactorResults.tsx'
import type { JobPage } from './page.ts'

const rmse = (value: number | undefined): string => formatNumber(value, 4)

export const mfsgd: JobPage = {
  line: (spec) => `rank ${spec.rank}, stochastic gradients`,
  details: (spec) => [
    ...(typeof spec.lambda === 'number' ? [`λ ${formatNumber(spec.lambda, 4)}`] : []),
    ...(spec.biases === false ? ['no biases'] : []),
    ...(typeof spec.epochs === 'number' ? [`at most ${spec.epochs} epochs`] : []),
    ...(spec.earlyStop === true ? ['stops when the validation error rises'] : []),
  ],
  brief(job) {
    const { testRmse, trainRmse } = numbersOf(job)
    const errors = [
      { name: 'Test RMSE', value: rmse(testRmse) },
      { name: 'Train RMSE', value: rmse(trainRmse) },
    ]
    return [...errors.slice(testRmse === undefined ? 1 : 0), epochOf(job)]
  },
  figures(job) {
    const { testRmse, trainRmse, testMae, validRmse, testRatings } = numbersOf(job)
    const ratings = testRatings === undefined ? 'ratings' : `${formatCount(testRatings)} ratings`
    return [
      {
        name: 'Test RMSE',
        value: rmse(testRmse),
        note:
          testRmse === undefined ? 'known where ratings were set apart' : `on ${ratings} not seen`,
      },
      { name: 'Train RMSE', value: rmse(trainRmse), note: 'as each rating was visited' },
      ...(validRmse === undefined ? [] : [{ name: 'Validation RMSE', value: rmse(validRmse) }]),
      ...(testMae === undefined ? [] : [{ name: 'Test MAE', value: rmse(testMae) }]),
      epochOf(job),
    ]
  },
  Curves: ({ job, lines }) => (
    <SweepCurves
      pass="epoch"
      job={job.id}
      lines={lines}
      done={({ values }) => values.epoch ?? null}
      curves={[
        {
          ...{ title: 'Error of the predictions (RMSE)', wide: true, format: rmse },
          subject: 'The root mean square error',
          values: [
            ['testRmse', 'test'],
            ['trainRmse', 'train'],
            ['validRmse', 'validation'],
          ],
        },
      ]}
    />
  ),
  reads: ['recommendations.csv', 'users.csv', 'items.csv', 'biases.csv'],
  Results: FactorResults,
}

function epochOf(job: JobView) {
  const { epoch, bestEpoch } = numbersOf(job)
  return {
    name: 'Epoch',
    value: formatCount(epoch),
    note: bestEpoch === undefined ? job.phase : `the model is that of epoch ${bestEpoch}`,
  }
}
