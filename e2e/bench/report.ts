/** What a bench reports: where and with what it was measured, its tables, and how to read them. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { VERSION } from '../../server/io/version.ts'
import { projectDir } from '../lassoSets.ts'
import { aimsTable } from './aims.ts'
import { writePage } from './page.ts'
import type { Peer } from './peers.ts'
import type { Comparison } from './results.ts'
import { splitTable, type Table, timesTable, workTable } from './tables.ts'

const METHOD = [
  'Read is the time to bring the data into the form the program computes on: for Shoal its ingestion of the file, for a peer reading the same file (scikit-learn) or a binary copy of it (the others), and standardising it. Solve begins with the data in memory – for Shoal in its store, with the shards not yet in the tab – and ends with the result; for Shoal that contains starting the job’s thread, every byte over the socket, and the certificate.',
  'Not counted, for anybody: starting the program (Python, R, the server, the browser and its tabs), compiling (numba’s, too: the same functions have run before), and writing the result to files.',
  'The gap of a peer’s result is measured by exact code of our own, and its tolerance is the laxest found at which that is small enough; solvers that stop by a dual point of their own (scikit-learn, celer) are believed where the best dual value known does not contradict. Shoal’s gap is the one that its server certifies, of the same definition. Without a certificate (mf, lda) the time is that to a quality which both programs reach: the worse of their best ones, give or take half a percent; programs run on past their best.',
  'Programs took turns, and figures are medians; a ratio below 1 means that Shoal, with the most workers of the table, is faster. Peers may use as many threads as Shoal has workers where they know how to (libmf, WarpLDA); the others have one, beside those of their linear algebra.',
]

export const tablesOf = (results: readonly Comparison[]): Table[] => [
  ...[aimsTable(results)].filter(({ rows }) => rows.length > 0),
  timesTable(results),
  splitTable(results),
  workTable(results),
]

export interface Programs {
  readonly peers: readonly Peer[]
  /** What was looked for and is not there, with how to get it. */
  readonly absent: readonly string[]
}

/** Write page and CSV files; returns the page's path. */
export function writeReport(
  folder: string,
  results: readonly Comparison[],
  { peers, absent }: Programs,
): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const machine = [
    cpus()[0]?.model ?? 'unknown processor',
    `${availableParallelism()} cores`,
    `${gibibytes} GiB`,
    `Node ${process.versions.node}`,
    new Date().toISOString().slice(0, 16),
    `load ${loadavg()[0]!.toFixed(1)}`,
  ]
  const programs = peers.map(({ name, version }) => (version ? `${name} ${version}` : name))
  const facts = [
    `${machine.join(', ')}.`,
    `Shoal ${VERSION}${commit()} beside ${programs.join(', ') || 'no other program'}.`,
    ...(absent.length > 0 ? [`Not found: ${absent.join('; ')}.`] : []),
  ]
  const title = 'Shoal beside native programs'
  return writePage(folder, { title, facts, results, tables: tablesOf(results), method: METHOD })
}

/** Which state of the repository this is; empty where there is none. */
function commit(): string {
  try {
    const args = ['describe', '--always', '--dirty']
    const text = execFileSync('git', args, { cwd: projectDir, stdio: ['ignore', 'pipe', 'ignore'] })
    return ` (${text.toString().trim()})`
  } catch {
    return '' // a copy without its history
  }
}
