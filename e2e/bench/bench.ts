/**
 * npm run bench: Shoal end to end in real Chromium tabs beside every native program that is found, on
 * the same files and objective, to the same duality gap or quality; as tables, pictures, HTML and CSV.
 */
import { join } from 'node:path'
import { formatTable } from '../../server/cli/format.ts'
import { UserError } from '../../shared/errors.ts'
import { type Case, labelOf, secondsOf } from './case.ts'
import { CASES, chooseCases } from './cases.ts'
import { compare } from './compare.ts'
import { findPeers } from './findPeers.ts'
import { type Options, parseOptions } from './options.ts'
import { type Programs, tablesOf, writeReport } from './report.ts'
import { type Comparison, loadResults, programOf, saveResults } from './results.ts'

/** In the folder of --out. */
const RESULTS = 'results.json'

async function main(options: Options): Promise<void> {
  const found = await findPeers()
  const given = options.peers.map(({ name, apps, command }) => ({
    ...{ name, apps, tolerance: 1 },
    command: ['/bin/sh', '-c', `${command} "$0"`],
  }))
  const programs = { peers: [...found.peers, ...given], absent: found.absent }
  const { cases, missing } = chooseCases(options)
  for (const each of missing) {
    const files = each.files.join(', ')
    console.error(`${labelOf(each)}: ${files} not found; SHOAL_DATA names its folder.`)
  }
  const saved = join(options.out, RESULTS)
  const results = options.resume ? loadResults(saved) : []
  const left = cases.filter((each) => !results.some((result) => isDone(result, each, options)))
  for (const [at, each] of left.entries()) {
    const rest = minutes(left.slice(at), options)
    const comparison = await attempt(each, programs, options, (what) =>
      console.error(`${at + 1} of ${left.length} · ${labelOf(each)} · ${what} · ${rest} to go`),
    )
    if (comparison === null) continue
    const old = results.findIndex((result) => labelOf(result.case) === labelOf(each))
    results.splice(old < 0 ? results.length : old, Number(old >= 0), comparison)
    results.sort((a, b) => placeOf(a.case) - placeOf(b.case))
    // After every case: what has been measured is not lost with the rest.
    saveResults(saved, results)
    writeReport(options.out, results, programs)
  }
  for (const { caption, head, rows } of tablesOf(results))
    console.log(`\n${caption}\n${formatTable(head, rows)}`)
  console.error(`written: ${writeReport(options.out, results, programs)}`)
}

/** One case, or null with its failure told: the others go on. */
async function attempt(
  each: Case,
  { peers }: Programs,
  options: Options,
  say: (what: string) => void,
): Promise<Comparison | null> {
  try {
    const comparison = await compare(each, peers, options, say)
    for (const { workers, failed } of comparison.ours)
      if (failed !== null) console.error(`${labelOf(each)}, ${programOf(workers)}: ${failed}`)
    return comparison
  } catch (error) {
    console.error(`${labelOf(each)} failed: ${(error as Error).message}`)
    process.exitCode = 1
    return null
  }
}

const placeOf = (each: Case): number => CASES.findIndex((known) => labelOf(known) === labelOf(each))

const isDone = ({ case: done, ours }: Comparison, each: Case, { workers, repeats }: Options) =>
  labelOf(done) === labelOf(each) &&
  workers.every((count) =>
    ours.some((result) => result.workers === count && result.runs.length >= repeats),
  )

/** About how long these cases take: as long as last time, where there was one. */
function minutes(cases: readonly Case[], options: Options): string {
  const earlier = loadResults(join(options.out, RESULTS))
  const seconds = cases.reduce((sum, each) => {
    const last = earlier.find((result) => labelOf(result.case) === labelOf(each))
    const turns = Math.max(1, ...(last?.ours ?? []).map(({ runs }) => runs.length))
    return sum + (last ? (last.seconds / turns) * options.repeats : secondsOf(each, options))
  }, 0)
  return `about ${Math.max(1, Math.round(seconds / 60))} min`
}

function printList(options: Options): void {
  for (const each of CASES) {
    const isMissing = chooseCases({ ...options, sets: [each.set] }).missing.includes(each)
    const what = isMissing ? 'not there' : `${each.size}, ${minutes([each], options)}`
    console.log(`${labelOf(each).padEnd(34)}${what}`)
  }
  console.log(`What was asked for takes ${minutes(chooseCases(options).cases, options)}.`)
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
