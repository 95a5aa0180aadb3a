/**
 * npm run bench: Shoal end to end in real Chromium tabs beside every native program that is found, on
 * the same files and objective, to the same duality gap or quality; as tables, pictures, HTML and CSV.
 */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { formatTable } from '../../server/cli/format.ts'
import { UserError } from '../../shared/errors.ts'
import { CASES, type Case, chooseCases, labelOf, secondsOf } from './cases.ts'
import { compare } from './compare.ts'
import { findPeers } from './findPeers.ts'
import { type Options, parseOptions } from './options.ts'
import { writePage } from './page.ts'
import { type Comparison, loadResults, programOf, saveResults } from './results.ts'
import { splitTable, type Table, timesTable, workTable } from './tables.ts'

const METHOD = [
  'Read is the time to bring the data into the form the program computes on: for Shoal its ingestion of the file, for a peer reading the same file (scikit-learn) or a binary copy of it (the others), and standardising it. Solve begins with the data in memory – for Shoal in its store, with the shards not yet in the tab – and ends with the result; for Shoal that contains starting the job’s thread, every byte over the socket, and the certificate.',
  'Not counted, for anybody: starting the program (Python, R, the server, the browser and its tabs), compiling (numba’s, too: the same functions have run before), and writing the result to files.',
  'The gap of a peer’s result is measured by exact code of our own, and its tolerance is the laxest found at which that is small enough; solvers that stop by a dual point of their own (scikit-learn, celer) are believed where the best dual value known does not contradict. Shoal’s gap is the one that its server certifies, of the same definition. Without a certificate (mf, lda) the time is that to a quality which both programs reach: the worse of their best ones, give or take half a percent; programs run on past their best.',
  'Programs took turns, and figures are medians; a ratio below 1 means that Shoal, with the most workers of the table, is faster. Peers may use as many threads as Shoal has workers where they know how to (libmf, WarpLDA); the others have one, beside those of their linear algebra.',
]

async function main(options: Options): Promise<void> {
  const { peers, absent } = await findPeers()
  const given = options.peers.map(({ name, apps, command }) => ({
    name,
    apps,
    command: ['/bin/sh', '-c', `${command} "$0"`],
    tolerance: 1,
  }))
  const { cases, missing } = chooseCases(options)
  for (const each of missing)
    console.error(
      `${labelOf(each)}: ${each.files.join(', ')} not found; SHOAL_DATA names its folder.`,
    )
  const saved = join(options.out, 'results.json')
  const results = options.resume ? loadResults(saved) : []
  const left = cases.filter((each) => !results.some((result) => isDone(result, each, options)))
  for (const [at, each] of left.entries()) {
    const rest = minutes(left.slice(at), options)
    const say = (what: string): void =>
      console.error(`${at + 1} of ${left.length} · ${labelOf(each)} · ${what} · ${rest} to go`)
    let comparison: Comparison
    try {
      comparison = await compare(each, [...peers, ...given], options, say)
    } catch (error) {
      console.error(`${labelOf(each)} failed: ${(error as Error).message}`)
      process.exitCode = 1
      continue
    }
    for (const { workers, failed } of comparison.ours)
      if (failed !== null) console.error(`${labelOf(each)}, ${programOf(workers)}: ${failed}`)
    const old = results.findIndex((result) => labelOf(result.case) === labelOf(each))
    results.splice(old < 0 ? results.length : old, Number(old >= 0), comparison)
    results.sort((a, b) => placeOf(a.case) - placeOf(b.case))
    // After every case: what has been measured is not lost with the rest.
    saveResults(saved, results)
    report(results, absent, options)
  }
  for (const { caption, head, rows } of tablesOf(results))
    console.log(`\n${caption}\n${formatTable(head, rows)}`)
  console.error(`written: ${report(results, absent, options)}`)
}

const tablesOf = (results: readonly Comparison[]): Table[] => [
  timesTable(results),
  splitTable(results),
  workTable(results),
]

const placeOf = (each: Case): number => CASES.findIndex((known) => labelOf(known) === labelOf(each))

const isDone = ({ case: done, ours }: Comparison, each: Case, { workers, repeats }: Options) =>
  labelOf(done) === labelOf(each) &&
  workers.every((count) =>
    ours.some((result) => result.workers === count && result.runs.length >= repeats),
  )

/** About how long these cases take. */
function minutes(cases: readonly Case[], options: Options): string {
  const seconds = cases.reduce((sum, each) => sum + secondsOf(each, options), 0)
  return `about ${Math.max(1, Math.round(seconds / 60))} min`
}

function report(
  results: readonly Comparison[],
  absent: readonly string[],
  { out }: Options,
): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const facts = [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${gibibytes} GiB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 16)}, load ${loadavg()[0]!.toFixed(1)}.`,
    ...(absent.length > 0 ? [`Not found: ${absent.join('; ')}.`] : []),
  ]
  const tables = [timesTable(results), splitTable(results)]
  return writePage(out, {
    title: 'Shoal beside native programs',
    facts,
    results,
    tables,
    method: METHOD,
  })
}

function printList(options: Options): void {
  const { cases } = chooseCases(options)
  for (const each of CASES) {
    const isMissing = chooseCases({ ...options, sets: [each.set] }).missing.includes(each)
    const what = isMissing ? 'not there' : `${each.size}, ${minutes([each], options)}`
    console.log(`${labelOf(each).padEnd(34)}${what}`)
  }
  console.log(`What was asked for takes ${minutes(cases, options)}.`)
}

// Peers run in process groups of their own: they end with this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  const options = parseOptions(process.argv.slice(2))
  if (options?.list) printList(options)
  else if (options) await main(options)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
