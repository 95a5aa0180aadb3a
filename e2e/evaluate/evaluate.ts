/**
 * npm run evaluate: what the schedules do, as one page with plots, CSV files beside it, and tables
 * here. Nothing is fetched; every run is drawn from one seed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { formatSeconds } from '../../server/cli/format.ts'
import { parseInteger } from '../../server/cli/numbers.ts'
import { UserError } from '../../shared/errors.ts'
import { sharedDataDir } from '../lassoSets.ts'
import { ablations } from './items/ablations.ts'
import { balance } from './items/balance.ts'
import { cost } from './items/cost.ts'
import { divergence } from './items/divergence.ts'
import { roundTrips } from './items/roundTrips.ts'
import { scale } from './items/scale.ts'
import { schedules } from './items/schedules.ts'
import { pageOf } from './page.ts'
import { realSets } from './realProblems.ts'
import { csvOf, type Item, type ItemOptions, textOf } from './report.ts'
import { endThreads } from './tasks.ts'

interface Entry {
  readonly about: string
  readonly run: (options: ItemOptions) => Promise<Item>
}

const ITEMS: Record<string, Entry> = {
  '1': { about: 'schedules: updates and simulated time', run: schedules },
  '2': { about: 'who diverges, with and without the guard', run: divergence },
  '3': { about: 'ablations of SAP', run: ablations },
  '4': { about: 'load balance', run: balance },
  '5': { about: 'scale: speed-up with volunteers', run: scale },
  '6': { about: 'round trips of the lasso on real and synthetic data', run: roundTrips },
  '7': { about: 'cost of a lease, measured', run: cost },
}

const chosenItems = (text: string): string[] => {
  const keys = text.split(',').map((key) => key.trim())
  const unknown = keys.find((key) => !(key in ITEMS))
  if (unknown === undefined) return [...new Set(keys)].sort()
  throw new InvalidArgumentError(
    `There is no item "${unknown}"; expected some of ${Object.keys(ITEMS).join(', ')}, as in --items 1,3.`,
  )
}

const list = Object.entries(ITEMS).map(([key, { about }]) => `  ${key}  ${about}`)

const program = new Command('evaluate')
  .description('What the schedules do, simulated: one page with plots, CSV files, and tables here.')
  .option('--quick', 'small problems, under a minute; without it up to ten', false)
  .option('--items <list>', 'only these, as in 1,3', chosenItems, Object.keys(ITEMS))
  .option('--out <folder>', 'where the page and the CSV files go', 'evaluation')
  .option('--data <folder>', 'real data sets that do not come with the project', sharedDataDir)
  .option('--seed <n>', 'seed of all families and schedules', parseInteger(0, 1e9), 1)
  .allowExcessArguments(false)
  .addHelpText('after', `\nItems:\n${list.join('\n')}`)

interface Flags {
  readonly quick: boolean
  readonly items: readonly string[]
  readonly out: string
  readonly data: string
  readonly seed: number
}

/** Overwrites itself in a terminal; a line an item elsewhere. */
function tell(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
}

async function runItems({ quick, items, data, seed }: Flags): Promise<Item[]> {
  const done: Item[] = []
  for (const [k, key] of items.entries()) {
    const startMs = performance.now()
    const { about, run } = ITEMS[key]!
    const heading = `[${k + 1}/${items.length}] ${about}`
    if (!process.stderr.isTTY) process.stderr.write(`${heading} …\n`)
    const options = {
      quick,
      seed,
      dataDir: data,
      progress: (l: string) => tell(`${heading}: ${l}`),
    }
    const item = await run(options)
    const numbered = { ...item, title: `${key}. ${item.title}` }
    tell('')
    console.log(`${textOf(numbered)}\n`)
    process.stderr.write(`${heading}: ${formatSeconds((performance.now() - startMs) / 1000)}\n`)
    done.push(numbered)
  }
  return done
}

async function main(): Promise<void> {
  const flags = program.parse(process.argv.slice(2), { from: 'user' }).opts<Flags>()
  const startMs = performance.now()
  const out = resolve(flags.out)
  mkdirSync(out, { recursive: true })
  const items = await runItems(flags).finally(endThreads)
  const sets = realSets(flags.data).map(({ name }) => name)
  const facts = [
    `npm run evaluate, ${flags.quick ? 'quick: small problems' : 'in full'}, seed ${flags.seed}, ${formatSeconds((performance.now() - startMs) / 1000)} on ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown processor'}), Node ${process.version}, ${new Date().toISOString().slice(0, 10)}. Real data sets found: ${sets.join(', ')}.`,
    'Objective: ½‖y − Xβ‖² + λ‖β‖₁; gap: duality gap relative to ½‖y‖². Simulated figures are the same on every machine; those said to be measured are not.',
  ]
  for (const table of items.flatMap(({ tables, csv }) => [...tables, ...csv]))
    writeFileSync(join(out, `${table.name}.csv`), csvOf(table))
  const path = join(out, 'report.html')
  writeFileSync(path, pageOf('Shoal: an evaluation of its schedules', facts, items))
  console.log(`Written: ${relative(process.cwd(), path)}`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
