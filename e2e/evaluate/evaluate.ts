/**
 * npm run evaluate: what the schedules do, as one page with plots, CSV files beside it, and tables
 * here. Nothing is fetched; every run is drawn from one seed.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { formatSeconds } from '../../server/cli/format.ts'
import { parseInteger } from '../../server/cli/numbers.ts'
import { VERSION } from '../../server/io/version.ts'
import { UserError } from '../../shared/errors.ts'
import { pageOf } from './page.ts'
import { csvOf, type Item, type ItemOptions, textOf } from './report.ts'

interface Entry {
  readonly about: string
  /** Loaded when it is run: an item looks for its data sets where --data says. */
  readonly load: () => Promise<(options: ItemOptions) => Promise<Item>>
}

const ITEMS: Record<string, Entry> = {
  '1': {
    about: 'schedules: updates and simulated time',
    load: async () => (await import('./items/schedules.ts')).schedules,
  },
  '2': {
    about: 'who diverges, with and without the guard',
    load: async () => (await import('./items/divergence.ts')).divergence,
  },
  '3': {
    about: 'ablations of SAP',
    load: async () => (await import('./items/ablations.ts')).ablations,
  },
  '4': {
    about: 'load balance',
    load: async () => (await import('./items/balance.ts')).balance,
  },
  '5': {
    about: 'scale: speed-up with volunteers',
    load: async () => (await import('./items/scale.ts')).scale,
  },
  '6': {
    about: 'round trips of the lasso on real data',
    load: async () => (await import('./items/roundTrips.ts')).roundTrips,
  },
  '7': {
    about: 'cost of a lease, measured',
    load: async () => (await import('./items/cost.ts')).cost,
  },
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
  .option(
    '--data <folder>',
    'real data sets that do not come with the project; else SHOAL_DATA, or ../shared/data',
  )
  .option('--seed <n>', 'seed of all families and schedules', parseInteger(0, 1e9), 1)
  .allowExcessArguments(false)
  .addHelpText('after', `\nItems:\n${list.join('\n')}`)

interface Flags {
  readonly quick: boolean
  readonly items: readonly string[]
  readonly out: string
  readonly data?: string
  readonly seed: number
}

/** Overwrites itself in a terminal; a line an item elsewhere. */
function tell(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
}

interface Done {
  readonly key: string
  readonly item: Item
  readonly seconds: number
}

async function runItems({ quick, items, seed }: Flags, dataDir: string): Promise<Done[]> {
  const done: Done[] = []
  for (const [k, key] of items.entries()) {
    const startMs = performance.now()
    const { about, load } = ITEMS[key]!
    const heading = `[${k + 1}/${items.length}] ${about}`
    if (!process.stderr.isTTY) process.stderr.write(`${heading} …\n`)
    const run = await load()
    const progress = (line: string): void => tell(`${heading}: ${line}`)
    const item = await run({ quick, seed, dataDir, progress })
    const numbered = { ...item, title: `${key}. ${item.title}` }
    const seconds = (performance.now() - startMs) / 1000
    tell('')
    console.log(`${textOf(numbered)}\n`)
    process.stderr.write(`${heading}: ${formatSeconds(seconds)}\n`)
    done.push({ key, item: numbered, seconds })
  }
  return done
}

/** "0.1.0, commit 1234567", where there is a repository; "with changes" when files differ from it. */
function versionOf(): string {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  try {
    const commit = git('rev-parse', '--short', 'HEAD')
    const changes = git('status', '--porcelain', '--untracked-files=no')
    return `Shoal ${VERSION}, commit ${commit}${changes === '' ? '' : ' with changes'}`
  } catch {
    return `Shoal ${VERSION}` // an archive, or no git
  }
}

async function main(): Promise<void> {
  const flags = program.parse(process.argv.slice(2), { from: 'user' }).opts<Flags>()
  const startMs = performance.now()
  const out = resolve(flags.out)
  mkdirSync(out, { recursive: true })
  // Before any item is loaded, and for the threads, too: lassoSets.ts reads it.
  if (flags.data !== undefined) process.env.SHOAL_DATA = resolve(flags.data)
  const { sharedDataDir } = await import('../lassoSets.ts')
  const { endThreads } = await import('./tasks.ts')
  const { realSets } = await import('./realProblems.ts')
  const done = await runItems(flags, sharedDataDir).finally(endThreads)
  const items = done.map(({ item }) => item)
  const sets = realSets(sharedDataDir).map(({ name }) => name)
  const took = formatSeconds((performance.now() - startMs) / 1000)
  const each = done.map(({ key, seconds }) => `item ${key} ${formatSeconds(seconds)}`).join(', ')
  const facts = [
    `${versionOf()}: npm run evaluate, ${flags.quick ? 'quick: small problems' : 'in full'}, seed ${flags.seed}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC; ${took} (${each}) on ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown processor'}), Node ${process.version}. Real data sets found: ${sets.join(', ')}.`,
    'Objective: ½‖y − Xβ‖² + λ‖β‖₁; gap: duality gap relative to ½‖y‖². Simulated figures are the same on every machine; those said to be measured are not.',
  ]
  for (const table of items.flatMap(({ tables, csv }) => [...tables, ...csv]))
    writeFileSync(join(out, `${table.name}.csv`), csvOf(table))
  const path = join(out, 'report.html')
  writeFileSync(path, pageOf('Shoal: an evaluation of its schedules', facts, items))
  console.log(`Took ${took}: ${each}`)
  console.log(`Written: ${relative(process.cwd(), path)}`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
