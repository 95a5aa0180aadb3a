/**
 * npm run bench: Shoal end to end in real Chromium tabs beside every native program that is found, on
 * the same files and objective, to the same duality gap or quality; as tables, HTML and CSV.
 */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { formatTable } from '../../server/cli/format.ts'
import { UserError } from '../../shared/errors.ts'
import { CASES, chooseCases, labelOf } from './cases.ts'
import { compare } from './compare.ts'
import { findPeers } from './findPeers.ts'
import { type Options, parseOptions } from './options.ts'
import { writePage } from './page.ts'
import type { Comparison } from './results.ts'
import { splitTable, timesTable } from './tables.ts'

const WHAT = [
  'Read is the time to bring the data into the form the program computes on: for Shoal its ingestion of the file, for a peer reading the same file (scikit-learn) or a binary copy of it (the others). Solve begins with the data in memory – for Shoal in its store, with the shards not yet in the tab – and ends with the result; for Shoal that contains starting the job’s thread, every byte over the socket, and the certificate.',
  'Not counted, for anybody: starting the program (Python, R, the server, the browser and its tabs), compiling, and writing the result to files.',
  'The gap of a peer’s β is measured by exact code of our own, whatever the program says of itself; Shoal’s is the one that its server certifies, of the same definition. Programs took turns; a ratio below 1 means that Shoal, with the most workers of the table, is faster.',
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
  const comparisons: Comparison[] = []
  for (const each of cases) {
    try {
      comparisons.push(await compare(each, [...peers, ...given], options))
      // After every case: what has been measured is not lost with the rest.
      report(comparisons, absent, options)
    } catch (error) {
      console.error(`${labelOf(each)} failed: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
  const tables = [timesTable(comparisons), splitTable(comparisons)]
  for (const { caption, head, rows } of tables)
    console.log(`\n${caption}\n${formatTable(head, rows)}`)
}

function report(comparisons: readonly Comparison[], absent: readonly string[], options: Options) {
  const facts = [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 16)}, load ${loadavg()[0]!.toFixed(1)}.`,
    ...(absent.length > 0 ? [`Not found: ${absent.join('; ')}.`] : []),
    ...WHAT,
  ]
  const tables = [timesTable(comparisons), splitTable(comparisons)]
  const page = writePage(options.out, 'Shoal beside native programs', facts, tables)
  console.error(`written: ${page}`)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options?.list) {
    const { missing } = chooseCases({ apps: options.apps, sets: [], quick: false })
    for (const each of CASES)
      console.log(`${labelOf(each).padEnd(28)}${missing.includes(each) ? 'not there' : each.size}`)
  } else if (options) await main(options)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
