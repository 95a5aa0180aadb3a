/** Can a few genes tell the leukemia of patients the model has not seen? */
import { logistic } from '../../../shared/apps/logistic/app.ts'
import { formatCount, formatNumber } from '../format.ts'
import { numbersOf } from '../measures.ts'
import type { Outcome } from '../pipeline.ts'
import { type Demo, rowsOf, shipped } from './demo.ts'

const purpose = 'Can a few genes tell the leukemia of patients the model has not seen?'
const folds = 10
const topGenes = 8

export const logisticDemo: Demo = {
  app: logistic,
  jobName: 'Leukemia types',
  purpose,
  opening: [
    'Shoal demo: 72 patients, the activity of 7,129 genes in each (Golub et al., 1999).',
    'Is it a lymphoblastic (ALL) or a myeloid (AML) leukemia? Logistic regression with an ℓ1 penalty',
    `gives a probability, from few genes. ${folds}-fold cross-validation says how far to trust it.`,
  ],
  data: {
    data: shipped('leukemia', 'X.npy.gz'),
    target: shipped('leukemia', 'types.csv'),
    datasetName: 'leukemia types',
  },
  spec: { path: 50, cv: folds },
  computing: `at 50 values of λ, then without each tenth of the patients: tabs compute, the server checks`,
  result,
}

async function result({ job, server }: Outcome): Promise<string[]> {
  const { nnz, auc, accuracy, gap } = numbersOf(job)
  const { trueNegatives, falsePositives, falseNegatives, truePositives } = job.summary!
    .confusion as Record<string, number>
  const genes = rowsOf(await server.api.result(job.id, 'coefficients.csv'))
    .map(([name = '', value]) => ({ name, value: Number(value) }))
    .filter(({ name }) => /^x\d+$/.test(name))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, topGenes)
    .map(({ name, value }) => `${name.replace('x', 'gene ')} (${value > 0 ? 'AML' : 'ALL'})`)
  const count = (n: number | undefined): string => String(n).padStart(5)
  return [
    `${formatNumber(nnz)} of ${formatCount(job.dataset.columns)} genes are enough, at the λ that predicts best.`,
    'Of patients the model had not seen:',
    '               said ALL  said AML',
    `  is ALL         ${count(trueNegatives)}     ${count(falsePositives)}`,
    `  is AML         ${count(falseNegatives)}     ${count(truePositives)}`,
    `right for ${(100 * (accuracy ?? 0)).toFixed(1)} %, area under the ROC curve ${formatNumber(auc, 3)}`,
    `Every model is certified: no other coefficients can lower its objective by more than ${formatNumber(gap, 2)}`,
    'of what it is without any gene, whoever did the work.',
    `genes that speak loudest, and for what: ${genes.join(', ')}`,
  ]
}
