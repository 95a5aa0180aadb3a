/** Logistic regression: the lasso's page, and how well two classes are told apart. */
import type { JobView } from '../../../shared/protocol.ts'
import { formatNumber, formatShare } from '../pure/format.ts'
import { numbersOf } from '../pure/progress.ts'
import { ClassResults } from '../views/ClassResults.tsx'
import { CoefficientTable } from '../views/CoefficientTable.tsx'
import { PathPlots } from '../views/PathPlots.tsx'
import { Curves, figures, lasso } from './lasso.tsx'
import type { JobPage } from './page.ts'

export const logistic: JobPage = {
  line: lasso.line,
  details: (spec) => [
    ...lasso.details(spec),
    ...(typeof spec.classWeight === 'string' ? [`class weights ${spec.classWeight}`] : []),
  ],
  brief: lasso.brief,
  figures: (job) => [...classFigures(job), ...figures(job)],
  Curves,
  reads: [...lasso.reads, 'roc.csv'],
  Results({ job, texts }) {
    const coefficients = texts['coefficients.csv']
    const { positive } = (job.summary?.classes ?? {}) as { positive?: string }
    const meaning = `log-odds of ${positive ?? 'the second class'} for each unit`
    return (
      <>
        <ClassResults job={job} roc={texts['roc.csv']?.text} />
        {coefficients && <CoefficientTable text={coefficients.text} meaning={meaning} />}
        <PathPlots texts={texts} />
      </>
    )
  },
}

function classFigures(job: JobView) {
  const { auc, accuracy } = numbersOf(job)
  if (auc === undefined || accuracy === undefined) return []
  const note = String(job.summary?.measuredOn ?? '')
  return [
    { name: 'Accuracy', value: formatShare(accuracy, 1), note },
    { name: 'AUC', value: formatNumber(auc, 4), note },
  ]
}
