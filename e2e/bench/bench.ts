/**
 * npm run bench: how long `shoal run` takes and in which phase, beside scikit-learn's Lasso on the
 * same file, objective and duality gap where python3 has it. Runs of both take turns, so that a
 * busy machine slows both; the median of each is reported.
 *
 *   npm run bench -- [set…] [--runs 3] [--ratio 0.1] [--tabs 2] [--json]
 */
import { execFile } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { formatNumber, formatTable } from '../../server/cli/format.ts'
import {
  genotypes,
  isPresent,
  type LassoSet,
  leukemia,
  newsgroups,
  projectDir,
  runArguments,
} from '../lassoSets.ts'
import { type RunReport, runJob } from '../shoal.ts'

const tol = 1e-6
const timeoutMs = 30 * 60_000
const execute = promisify(execFile)

interface NativeReport {
  loadSeconds: number
  solveSeconds: number
  objective: number
  nnz: number
  sweeps: number
  version: string
}

interface Row {
  set: string
  ratio: number
  shoal: { ingest: number; start: number; solve: number; total: number; updates: number }
  sklearn: { load: number; solve: number } | null
  /** Shoal's solve time over scikit-learn's. */
  solveRatio: number | null
  objective: number
  objectiveDifference: number | null
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    ratio: { type: 'string', default: '0.1' },
    tabs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** A Python that has scikit-learn; Debian's own may hide behind another one on the PATH. */
async function findPython(): Promise<string | null> {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      await execute(python, ['-c', 'import sklearn, scipy'])
      return python
    } catch {
      // No such program, or no such module: try the next one.
    }
  }
  return null
}

async function runNative(python: string, set: LassoSet, ratio: number): Promise<NativeReport> {
  const flag = (name: string): string => (set.flags.includes(name) ? '0' : '1')
  const script = join(projectDir, 'e2e/bench/nativeLasso.py')
  const args = [set.data, set.target ?? '-', String(ratio), String(tol)]
  const { stdout } = await execute(
    python,
    [script, ...args, flag('--no-standardize'), flag('--no-intercept')],
    { timeout: timeoutMs },
  )
  return JSON.parse(stdout) as NativeReport
}

async function measure(set: LassoSet, ratio: number, python: string | null): Promise<Row> {
  const ours: RunReport[] = []
  const theirs: NativeReport[] = []
  for (let run = 1; run <= Number(options.runs); run++) {
    console.error(`${set.name} at ${ratio} λmax, run ${run} of ${options.runs}`)
    const args = [...runArguments(set, { ratio, tol }), '--tabs', options.tabs]
    ours.push(await runJob(args, { timeoutMs }))
    if (python !== null) theirs.push(await runNative(python, set, ratio))
  }
  const of = (name: keyof RunReport): number => median(ours.map((report) => Number(report[name])))
  const solve = of('solveSeconds')
  const nativeSolve = theirs.length > 0 ? median(theirs.map((report) => report.solveSeconds)) : null
  const objective = of('objective')
  return {
    set: set.name,
    ratio,
    shoal: {
      ingest: of('ingestSeconds'),
      start: of('startSeconds'),
      solve,
      total: of('seconds'),
      updates: of('updates'),
    },
    sklearn:
      nativeSolve === null
        ? null
        : { load: median(theirs.map((r) => r.loadSeconds)), solve: nativeSolve },
    solveRatio: nativeSolve === null ? null : solve / nativeSolve,
    objective,
    objectiveDifference: theirs.length > 0 ? objective - theirs[0]!.objective : null,
  }
}

function describe(rows: readonly Row[]): string {
  const head = [
    'set',
    'λ/λmax',
    'ingest s',
    'start s',
    'solve s',
    'total s',
    'updates',
    'sklearn s',
    'ratio',
    'ΔF',
  ]
  const cells = rows.map(({ set, ratio, shoal, sklearn, solveRatio, objectiveDifference }) => [
    set,
    String(ratio),
    ...[shoal.ingest, shoal.start, shoal.solve, shoal.total].map((s) => formatNumber(s, 3)),
    String(shoal.updates),
    formatNumber(sklearn?.solve, 3),
    formatNumber(solveRatio, 3),
    objectiveDifference === null ? '–' : objectiveDifference.toExponential(1),
  ])
  return formatTable(head, cells)
}

const python = await findPython()
const sets = [leukemia, newsgroups, genotypes].filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
)
const rows: Row[] = []
for (const set of sets) {
  if (isPresent(set)) rows.push(await measure(set, Number(options.ratio), python))
  else console.error(`${set.name} is not present (${set.data}); set SHOAL_DATA to its folder.`)
}
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores; duality gap ${tol}`,
)
if (python === null)
  console.log('scikit-learn is not there to compare with (Debian: apt install python3-sklearn).')
console.log(describe(rows))
if (options.json) console.log(JSON.stringify({ tol, runs: Number(options.runs), rows }))
