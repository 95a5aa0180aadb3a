/**
 * The numbers of a job in people's words. Apps name their numbers themselves; those listed here get a
 * label and an order, any other is shown by its own name.
 */
import type { JobView } from '../../shared/protocol.ts'
import { formatCount, formatNumber } from './format.ts'

interface Measure {
  /** In the report of a finished job. */
  label: string
  digits: number
  /** In a line about a running job; absent: not shown there. */
  short?: (value: number) => string
  /** What is worth adding, in the report. */
  remark?: string
}

const known: Readonly<Record<string, Measure>> = {
  gap: {
    ...{ label: 'gap', digits: 3, remark: 'certified by the server' },
    short: (x) => `gap ${formatNumber(x, 2)}`,
  },
  primal: { label: 'primal', digits: 10, short: (x) => `primal ${formatNumber(x)}` },
  dual: { label: 'dual', digits: 10, short: (x) => `dual ${formatNumber(x)}` },
  epochs: { label: 'epochs', digits: 4, short: (x) => `epoch ${formatNumber(x, 3)}` },
  supportVectors: { label: 'support vectors', digits: 8 },
  objective: { label: 'objective', digits: 10, short: (x) => `objective ${formatNumber(x)}` },
  lambda: { label: 'λ', digits: 8 },
  nnz: { label: 'non-zeros', digits: 6, short: (x) => `${formatCount(x)} non-zeros` },
  auc: { label: 'AUC', digits: 5 },
  accuracy: { label: 'accuracy', digits: 5 },
  testAccuracy: { label: 'accuracy, test', digits: 5, remark: 'of examples kept back' },
  cvDeviance: { label: 'deviance', digits: 5, remark: 'of rows held out' },
  trainRmse: { label: 'RMSE, training', digits: 5, short: (x) => `RMSE ${formatNumber(x, 4)}` },
  testRmse: { label: 'RMSE, test', digits: 5, short: (x) => `test RMSE ${formatNumber(x, 4)}` },
  testMae: { label: 'MAE, test', digits: 5 },
  precisionAt10: { label: 'precision@10', digits: 4 },
  ndcgAt10: { label: 'NDCG@10', digits: 4 },
  logLikelihoodPerToken: {
    ...{ label: 'log-likelihood', digits: 6, remark: 'per token' },
    short: (x) => `log-likelihood ${formatNumber(x, 5)} per token`,
  },
  perplexityHeldOut: { label: 'perplexity', digits: 5, remark: 'of documents held out' },
  coherence: { label: 'coherence', digits: 4, remark: 'mean NPMI' },
  sErrorMean: { label: 's-error', digits: 2, remark: 'mean' },
  tokensPerSecond: { label: 'tokens/s', digits: 4 },
  sweeps: { label: 'sweeps', digits: 6 },
  rank: { label: 'rank', digits: 6 },
  topics: { label: 'topics', digits: 6 },
}

/** "gap 3.2e-5 · objective 0.121265 · 36 non-zeros" */
export function shortMeasures(values: Readonly<Record<string, number>>): string[] {
  const ordered = Object.keys(known).filter((name) => values[name] !== undefined)
  const parts = ordered.flatMap((name) => known[name]!.short?.(values[name]!) ?? [])
  if (parts.length > 0) return parts
  return Object.entries(values).map(([name, value]) => `${name} ${formatNumber(value)}`)
}

/** "objective   0.1212649527": the numbers of a finished job that have a label. */
export function measureLines(numbers: Readonly<Record<string, number | null>>): string[] {
  const lines: string[] = []
  for (const [name, { label, digits, remark }] of Object.entries(known)) {
    const value = numbers[name]
    if (value === undefined || value === null) continue
    const text = formatNumber(value, digits)
    lines.push(`  ${label.padEnd(labelCells)}${text}${remark ? ` (${remark})` : ''}`)
  }
  return lines
}

export const labelCells = 16

/** Every number the app reports, wherever it has put it; null where it has none to report. */
export function numbersOf(job: Pick<JobView, 'values' | 'summary'>): Record<string, number | null> {
  const numbers: Record<string, number | null> = {}
  for (const [name, value] of Object.entries({ ...job.values, ...job.summary }))
    if (value === null || typeof value === 'number') numbers[name] = value
  return numbers
}

/** What only a clock can tell, beside what the app reports. */
export function speedsOf(job: JobView, solveSeconds: number): Record<string, number> {
  const tokens = job.summary?.tokensSampled
  return typeof tokens === 'number' && solveSeconds > 0
    ? { tokensPerSecond: tokens / solveSeconds }
    : {}
}
