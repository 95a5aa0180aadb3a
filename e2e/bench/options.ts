/** What `npm run bench` understands. */
import { parseArgs } from 'node:util'
import { UserError } from '../../shared/errors.ts'

export const APPS = ['lasso', 'logistic', 'svm', 'mf', 'mfsgd', 'lda'] as const
export type AppName = (typeof APPS)[number]

export interface Options {
  apps: readonly AppName[]
  /** Empty: every set that is present. */
  sets: readonly string[]
  /** Parts of names; empty: every case. */
  match: readonly string[]
  repeats: number
  /** Only what takes seconds, once. */
  quick: boolean
  /** Folder of report.html and the CSV files. */
  out: string
  /** Compute workers of Shoal's one tab; each is a column of its own. */
  workers: readonly number[]
  /** A program is ended after so long, and reported as slower than that. */
  timeoutSeconds: number
  /** Keep what results.json of `out` has. */
  resume: boolean
  /** Programs given by hand, beside those that are found. */
  peers: readonly { name: string; apps: readonly AppName[]; command: string }[]
}

const help = `npm run bench -- [options]

Times Shoal in real Chromium tabs beside every native program that is found, on the same files, to
the same duality gap (or its quality on held-out data), in turns. Prints tables and writes them.

  --apps lasso,mf        of ${APPS.join(', ')} (default: all)
  --sets leukemia,snps   (default: all that are present; --list shows them)
  --repeats 3            runs of each program; medians are reported
  --workers 1,2          compute workers in Shoal's tab
  --peer NAME=COMMAND    one more program (may be repeated), for lasso and logistic; for another app
                         NAME:APP=COMMAND. It is called with the path of a task file and prints one
                         line of JSON: e2e/bench/peers/README.md
  --timeout 600          seconds a program may take for one run, starting and reading included, and a
                         peer for all runs that search its tolerance
  --match 0.01,K         only cases whose name has one of these in it
  --resume               keep the results in the folder of --out, and measure only what they lack
  --quick                small sets only, one run each
  --out dist/bench       where report.html and the CSV files go
  --list                 the cases, whether their data is there, and how long they take
  --help                 this text

Real data is looked for in SHOAL_DATA (default ../shared/data); generated data is made on first use
in dist/bench/data. Programs that are not on the PATH are looked for in the folders of SHOAL_PEERS.`

/** Null: `--help` has been answered. @throws UserError on an option that is none. */
export function parseOptions(argv: readonly string[]): (Options & { list: boolean }) | null {
  const { values } = parse(argv)
  if (values.help) {
    console.log(help)
    return null
  }
  const apps = list(values.apps) ?? APPS
  const unknown = apps.find((app) => !isApp(app))
  if (unknown !== undefined)
    throw new UserError(`--apps ${unknown}: expected some of ${APPS.join(', ')}.`)
  return {
    apps: apps as AppName[],
    sets: list(values.sets) ?? [],
    match: list(values.match) ?? [],
    repeats: values.quick ? 1 : whole('--repeats', values.repeats),
    quick: values.quick,
    out: values.out,
    workers: list(values.workers)!.map((count) => whole('--workers', count)),
    timeoutSeconds: whole('--timeout', values.timeout),
    peers: values.peer.map(peerOf),
    resume: values.resume,
    list: values.list,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        apps: { type: 'string' },
        sets: { type: 'string' },
        match: { type: 'string' },
        repeats: { type: 'string', default: '3' },
        workers: { type: 'string', default: '1,2' },
        peer: { type: 'string', multiple: true, default: [] },
        timeout: { type: 'string', default: '600' },
        quick: { type: 'boolean', default: false },
        out: { type: 'string', default: 'dist/bench' },
        resume: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UserError(`${(error as Error).message} (npm run bench -- --help lists the options)`)
  }
}

const list = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function whole(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new UserError(`${name} ${text}: expected a whole number of at least 1.`)
}

function peerOf(text: string): Options['peers'][number] {
  const [, name, app, command] = /^([\w.-]+)(?::(\w+))?=(.+)$/.exec(text) ?? []
  if (!name || !command)
    throw new UserError(
      `--peer ${text}: expected NAME=COMMAND, as in --peer celer="python3 my.py".`,
    )
  if (app !== undefined && !isApp(app))
    throw new UserError(`--peer ${text}: there is no app ${app}, only ${APPS.join(', ')}.`)
  return { name, apps: app === undefined ? ['lasso', 'logistic'] : [app], command }
}

const isApp = (text: string): text is AppName => (APPS as readonly string[]).includes(text)
