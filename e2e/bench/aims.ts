/** What Shoal holds itself to beside the best native programs, and whether it does. */
import { type Case, isLinear } from './case.ts'
import { type Comparison, namesOf } from './results.ts'
import type { Table } from './tables.ts'
import { NONE, number, type Times, timesOf } from './times.ts'

interface Aim {
  readonly peer: string
  readonly of: 'solve' | 'both'
  /** Shoal's time over the peer's, at most. */
  readonly most: number
  readonly on: (each: Case) => boolean
}

/** Where many coefficients are not zero, and more than a browser's start is at stake. */
const isHard = (each: Case): boolean =>
  isLinear(each) && each.ratio === 0.01 && each.set !== 'leukemia'
const isLasso = (each: Case): boolean => isHard(each) && each.app === 'lasso'

const AIMS: readonly Aim[] = [
  { peer: 'scikit-learn', of: 'both', most: 0.25, on: isLasso },
  { peer: 'glmnet', of: 'solve', most: 1, on: isLasso },
  { peer: 'celer', of: 'solve', most: 1.5, on: isLasso },
  { peer: 'skglm', of: 'solve', most: 1.5, on: isLasso },
  {
    ...{ peer: 'liblinear', of: 'solve', most: 2 },
    on: (each) => isHard(each) && each.app === 'logistic',
  },
  {
    ...{ peer: 'libmf', of: 'solve', most: 1.5 },
    on: ({ app, set }) => app === 'mfsgd' && set.startsWith('ratings'),
  },
]

/** A row for every aim that has been put to the test. */
export function aimsTable(comparisons: readonly Comparison[]): Table {
  const head = ['app', 'set', 'setting', 'Shoal’s time over that of', 'aim', 'measured', 'reached']
  const rows = comparisons.flatMap((each) => {
    const times = timesOf(each)
    return AIMS.filter(({ on }) => on(each.case)).flatMap((aim) => {
      const row = times.find(({ program }) => program === aim.peer)
      return row ? [[...namesOf(each), ...verdict(aim, row)]] : []
    })
  })
  return { name: 'aims', caption: 'What it is to show', head, rows }
}

function verdict({ peer, of, most }: Aim, row: Times): string[] {
  const { shoal, read, solve, failed } = row
  const asked = [`${peer}, ${of}`, `≤ ${most}`]
  if (failed !== null) return [...asked, NONE, `it has no time: ${failed}`]
  if (!shoal) return [...asked, NONE, NONE]
  const ratio = of === 'solve' ? shoal.solve / solve : (shoal.read + shoal.solve) / (read + solve)
  return [...asked, number(ratio, 2), ratio <= most ? 'yes' : 'no']
}
