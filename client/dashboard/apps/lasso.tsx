/** The lasso: its gap against the tolerance, its path, its coefficients. */
import type { JobView, RunLine } from '../../../shared/protocol.ts'
import { Curve } from '../parts/Curve.tsx'
import type { PlotSeries } from '../parts/Plot.tsx'
import { describeSpec } from '../pure/draft.ts'
import { formatCount, formatNumber } from '../pure/format.ts'
import { numbersOf } from '../pure/progress.ts'
import { column, positive } from '../pure/series.ts'
import { CoefficientTable } from '../views/CoefficientTable.tsx'
import { PathPlots } from '../views/PathPlots.tsx'
import type { JobPage } from './page.ts'

export const lasso: JobPage = {
  line: describeSpec,
  details: (spec) => [
    spec.standardize === false ? 'not standardised' : 'standardised',
    spec.intercept === false ? 'no intercept' : 'intercept',
    ...(Number(spec.l1Ratio) < 1 ? [`elastic net, α = ${spec.l1Ratio}`] : []),
    `tolerance ${formatNumber(Number(spec.tol), 2)}`,
  ],
  brief(job) {
    const { objective, gap, nnz } = numbersOf(job)
    return [
      { name: 'Objective', value: formatNumber(objective) },
      { name: 'Relative gap', value: formatNumber(gap, 2) },
      { name: 'Non-zeros', value: formatCount(nnz) },
    ]
  },
  figures,
  Curves,
  reads: ['coefficients.csv', 'path.csv', 'path_coefficients.csv', 'cv.csv'],
  Results({ texts }) {
    const coefficients = texts['coefficients.csv']
    return (
      <>
        {coefficients && <CoefficientTable text={coefficients.text} />}
        <PathPlots texts={texts} />
      </>
    )
  },
}

/** What every linear model shows of itself. */
export function figures(job: JobView) {
  const { objective, gap, nnz, lambda, lambdaMax } = numbersOf(job)
  const tol = Number(job.spec.tol)
  const certified = job.status === 'finished' && gap !== undefined && gap <= tol
  return [
    { name: 'Objective', value: formatNumber(objective) },
    {
      name: 'Relative gap',
      value: formatNumber(gap, 2),
      note: certified ? `certified ≤ ${formatNumber(tol, 2)}` : `ends at ${formatNumber(tol, 2)}`,
    },
    {
      name: 'Non-zeros',
      value: formatCount(nnz),
      note: `of ${formatCount(job.dataset.columns)}`,
    },
    {
      name: 'λ',
      value: formatNumber(lambda, 4),
      note:
        lambda !== undefined && lambdaMax !== undefined
          ? `${formatNumber(lambda / lambdaMax, 3)} λmax${chosen(job)}`
          : null,
    },
  ]
}

/** Along a path: how the reported λ was chosen among all. */
function chosen({ spec }: JobView): string {
  if (typeof spec.cv === 'number') return ', least error'
  return typeof spec.path === 'number' ? ', end of the path' : ''
}

export function Curves({ job, lines }: { job: JobView; lines: readonly RunLine[] }) {
  const tol = Number(job.spec.tol)
  const gap = positive(column(lines, (values) => values.gap))
  const short = (value: number): string => formatNumber(value, 2)
  // Along a path the gap starts anew at every λ.
  const thin = typeof job.spec.path === 'number'
  const shared = { lines, syncKey: job.id }
  const limit: PlotSeries = {
    ...{ label: 'tolerance', color: '--coral', dash: [6, 4], format: short },
    values: lines.map(() => tol),
  }
  return (
    <>
      <Curve
        {...shared}
        title="Relative gap"
        subject="The relative duality gap"
        log
        series={[
          { label: 'gap', values: gap, color: '--accent', thin, format: short },
          ...(tol > 0 ? [limit] : []),
        ]}
      />
      <Curve
        {...shared}
        title="Objective"
        subject="The objective"
        series={[
          {
            ...{ label: 'objective', color: '--accent' },
            values: column(lines, (values) => values.objective),
          },
        ]}
      />
      <Curve
        {...shared}
        title="Non-zero coefficients"
        subject="The number of non-zero coefficients"
        whole
        series={[
          {
            ...{ label: 'non-zeros', color: '--accent', format: formatCount },
            values: column(lines, (values) => values.nnz),
          },
        ]}
      />
    </>
  )
}
