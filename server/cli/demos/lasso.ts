/** Which genes tell two kinds of leukemia apart? */
import { lasso } from '../../../shared/apps/lasso/app.ts'
import { formatCount, formatNumber } from '../format.ts'
import { numbersOf } from '../measures.ts'
import type { Outcome } from '../pipeline.ts'
import { type Demo, rowsOf, shipped } from './demo.ts'

const purpose = 'Which genes tell two kinds of leukemia apart?'
const topGenes = 8

export const lassoDemo: Demo = {
  app: lasso,
  jobName: 'Leukemia genes',
  purpose,
  opening: [
    'Shoal demo: 72 patients, the activity of 7,129 genes in each (Golub et al., 1999).',
    `${purpose} The lasso picks few genes out of many.`,
  ],
  data: {
    data: shipped('leukemia', 'X.npy.gz'),
    target: shipped('leukemia', 'y.csv'),
    datasetName: 'leukemia',
  },
  spec: { lambdaRatio: 0.1 },
  computing: 'at λ = 0.1 λmax: tabs compute, the server checks',
  result,
}

async function result({ job, server }: Outcome): Promise<string[]> {
  const { objective, gap, nnz } = numbersOf(job)
  const largest = topCoefficients(await server.api.result(job.id, 'coefficients.csv'))
  const genes = largest.map(
    ({ name, value }) => `${name.replace('x', 'gene ')} (${formatNumber(value, 3)})`,
  )
  return [
    `${formatNumber(nnz)} of ${formatCount(job.dataset.columns)} genes are enough.`,
    `objective ${formatNumber(objective, 10)}, duality gap ${formatNumber(gap, 3)}`,
    'The server computes the gap from its own state: whoever did the work, no other',
    'coefficients can lower the objective by more (the gap is relative to that of β = 0).',
    `largest coefficients: ${genes.join(', ')}`,
  ]
}

/** The largest coefficients; in the data's units, hence compared between genes with care. */
function topCoefficients(csv: string): { name: string; value: number }[] {
  return rowsOf(csv)
    .map(([name = '', value = '']) => ({ name, value: Number(value) }))
    .filter(({ name, value }) => value !== 0 && /^x\d+$/.test(name))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, topGenes)
}
