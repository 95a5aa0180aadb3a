/**
 * npm run check:references: every set with a known optimum, of the lasso and of logistic regression,
 * through real browser tabs. Prints a table; the exit code is not 0 when an objective or a gap misses
 * its bound. Names of sets or of an app as arguments choose among them.
 */
import { formatNumber, formatSeconds, formatTable } from '../../server/cli/format.ts'
import {
  genotypes,
  isPresent,
  type LassoSet,
  leukemia,
  newsgroups,
  type Reference,
  runArguments,
} from '../lassoSets.ts'
import { logisticSets } from '../logisticSets.ts'
import { type RunReport, runJob } from '../shoal.ts'

const timeoutMs = 30 * 60_000
const chosen = process.argv.slice(2)

interface Checked {
  cells: string[]
  passed: boolean
}

async function check(set: LassoSet, reference: Reference): Promise<Checked> {
  const { ratio, objective, tol } = reference
  const cells = [appOf(set), set.name, String(ratio)]
  console.error(`\n${cells[0]}: ${set.name} at ${ratio} λmax`)
  let report: RunReport
  try {
    report = await runJob(runArguments(set, reference), { loud: true, timeoutMs })
  } catch (error) {
    return { cells: [...cells, String(error).split('\n')[0]!], passed: false }
  }
  const error = Math.abs(report.objective - objective) / objective
  const passed = error <= reference.objectiveTol && report.gap <= tol
  const numbers = [
    formatNumber(report.objective, 10),
    formatNumber(objective, 10),
    error.toExponential(1),
    report.gap.toExponential(1),
    String(report.nnz),
    formatSeconds(report.solveSeconds),
  ]
  return { cells: [...cells, ...numbers, passed ? 'ok' : 'MISS'], passed }
}

const appOf = (set: LassoSet): string => set.app ?? 'lasso'
const isChosen = (set: LassoSet): boolean =>
  chosen.length === 0 || chosen.includes(set.name) || chosen.includes(appOf(set))

const results: Checked[] = []
for (const set of [leukemia, newsgroups, genotypes, ...logisticSets].filter(isChosen)) {
  if (!isPresent(set)) {
    console.log(`${set.name} is not present (${set.data}); set SHOAL_DATA to its folder.`)
    continue
  }
  for (const reference of set.references) results.push(await check(set, reference))
}
const head = [
  ...['app', 'set', 'λ/λmax', 'objective', 'reference'],
  ...['error', 'gap', 'non-zeros', 'time', ''],
]
console.log(
  formatTable(
    head,
    results.map(({ cells }) => cells),
  ),
)
const missed = results.filter(({ passed }) => !passed).length
console.log(`\n${results.length - missed} passed, ${missed} failed`)
process.exitCode = missed === 0 && results.length > 0 ? 0 : 1
