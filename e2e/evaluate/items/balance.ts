/** Item 4: what equal counts, prefix sums and LPT make of work under a Zipf law, and what that costs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { seededRandom } from '../../../shared/random.ts'
import { BALANCES, type Balance, balanced, imbalance } from '../../../shared/schedule/balance.ts'
import { makeFamily } from '../../../shared/schedule/families.ts'
import { projectDir } from '../../lassoSets.ts'
import { type ProblemSpec, secondsOf, type Task, USUAL } from '../contenders.ts'
import { type Item, type ItemOptions, showCell, type Table } from '../report.ts'
import type { Cluster } from '../rounds.ts'
import type { Plot, Tone } from '../svg.ts'
import { runTasks, type TaskResult } from '../tasks.ts'

const NAMES: Record<Balance, string> = {
  lpt: 'LPT',
  prefix: 'prefix sums',
  count: 'equal count',
}
const TONES: Record<Balance, Tone> = { lpt: 'blue', prefix: 'green', count: 'orange' }
const WORKERS = [2, 4, 8, 16, 32, 64, 128] as const
const WORKERS_SHOWN = 32

interface Work {
  readonly name: string
  readonly work: Uint32Array
}

/** Ratings of each user of MovieTweetings, in the order of their numbers: who came first rated most. */
function ratingsOfUsers(): Uint32Array {
  const path = join(projectDir, 'public/data/movietweetings/train.csv.gz')
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n').slice(1)
  const counts = new Map<number, number>()
  for (const line of lines) {
    const user = Number(line.slice(0, line.indexOf(',')))
    counts.set(user, (counts.get(user) ?? 0) + 1)
  }
  return Uint32Array.from(
    [...counts.entries()].sort(([a], [b]) => a - b),
    ([, count]) => count,
  )
}

function works({ quick, seed }: ItemOptions): Work[] {
  const rows = quick ? 5_000 : 20_000
  const { starts } = makeFamily('zipf', { seed, rows, columns: 2 * rows })
  const columns = Uint32Array.from({ length: 2 * rows }, (_, j) => starts[j + 1]! - starts[j]!)
  return [
    { name: 'Zipf, longest first', work: columns.slice().sort().reverse() },
    { name: 'Zipf, no order', work: columns },
    { name: 'users of MovieTweetings', work: ratingsOfUsers() },
  ]
}

type Speeds = 'equal' | '1 to 10'

function loadOf(rule: Balance, work: Uint32Array, workers: number, speeds: Speeds): number {
  const random = seededRandom(workers)
  const speed = Float64Array.from({ length: workers }, () =>
    speeds === 'equal' ? 1 : 10 ** random.next(),
  )
  return imbalance(work, balanced(rule, work, speed), speed)
}

/** The longest item beside the mean part: no cut of whole items does better. */
function floorOf(work: Uint32Array, workers: number): number {
  const [longest, sum] = work.reduce(([a, b], v) => [Math.max(a, v), b + v], [0, 0])
  return Math.max(1, longest / (sum / workers))
}

function loadTable(given: readonly Work[]): Table {
  const speedsAll: readonly Speeds[] = ['equal', '1 to 10']
  return {
    name: '4-balance',
    caption: 'Fullest part / mean part (speeds taken into account)',
    head: [
      'work',
      'workers',
      'speeds',
      ...BALANCES.map((rule) => NAMES[rule]),
      'longest item / mean',
    ],
    rows: given.flatMap(({ name, work }) =>
      [8, 32, 128].flatMap((workers) =>
        speedsAll.map((speeds) => [
          ...[name, workers, speeds],
          ...BALANCES.map((rule) => loadOf(rule, work, workers, speeds)),
          speeds === 'equal' ? floorOf(work, workers) : null,
        ]),
      ),
    ),
  }
}

function loadPlot({ name, work }: Work): Plot {
  return {
    title: `Fullest part / mean part: ${name}`,
    desc: `How many times the mean the fullest of the parts is, against their number, for equal count, prefix sums and LPT; and the longest item alone, which no cut of whole items can undo.`,
    x: { label: 'workers', log: true, ticks: WORKERS },
    y: { label: 'fullest / mean', log: true },
    series: [
      ...BALANCES.map((rule) => ({
        ...{ name: NAMES[rule], tone: TONES[rule], dots: true },
        points: WORKERS.map((p) => [p, loadOf(rule, work, p, 'equal')] as const),
      })),
      {
        ...{ name: 'longest item', tone: 'grey', dashed: true },
        points: WORKERS.map((p) => [p, floorOf(work, p)] as const),
      },
    ],
  }
}

/** Slow enough that work outweighs the round trip: a phone running the plain kernel. */
const CLUSTER: Cluster = { roundTripMs: 1, entriesPerMs: 2_000 }
const WORKERS_TIMED = [4, 8, 16] as const
const PER_WORKER = 64

function timedTasks({
  quick,
  seed,
}: ItemOptions): { workers: number; rule: Balance; task: Task }[] {
  const problem: ProblemSpec = { family: 'zipf', columns: quick ? 4_000 : 20_000, seed }
  return WORKERS_TIMED.flatMap((workers) =>
    BALANCES.map((rule) => ({
      ...{ workers, rule },
      task: {
        problem,
        options: {
          ...{ switches: { ...USUAL, policy: 'random' }, parallel: PER_WORKER * workers, seed },
          ...{ epochsMax: 40, target: 'to98', cluster: { ...CLUSTER, workers, balance: rule } },
        },
      },
    })),
  )
}

export async function balance(options: ItemOptions): Promise<Item> {
  const given = works(options)
  const timed = timedTasks(options)
  const results = await runTasks(
    timed.map(({ task }) => task),
    (finished) => options.progress(`run ${finished} of ${timed.length} (zipf)`),
  )
  const timeTable: Table = {
    name: '4-balance-time',
    caption: `Simulated time to 98 % on the Zipf family, ${PER_WORKER} variables a worker and round`,
    head: ['workers', 'balance', 'rounds', 'ms a round', 's to 98 %', 'beside LPT'],
    rows: timed.map(({ workers, rule }, k) => {
      const { run } = results[k]!
      const best = results[timed.findIndex((t) => t.workers === workers && t.rule === 'lpt')]!.run
      return [
        ...[workers, NAMES[rule], run.rounds, run.timeMs / run.rounds, secondsOf(run.to98)],
        run.to98 && best.to98 ? run.to98.timeMs / best.to98.timeMs : null,
      ]
    }),
  }
  return {
    title: 'Load balance under a Zipf law',
    text: [
      'How much longer than the mean does the fullest worker compute, for equal counts, prefix sums and LPT, and what does that cost in time?',
      seen(given, timed, results),
      `Work is the number of entries: ${showCell(given[1]!.work.length)} columns of the Zipf family (rank k has about n/k non-zeros), and the ${showCell(given[2]!.work.length)} users of the film ratings that come with the project. A round lasts as long as its fullest part. For the time, random rounds on the Zipf family are cut into parts for equal workers of ${showCell(CLUSTER.entriesPerMs)} entries a millisecond and ${CLUSTER.roundTripMs} ms round trip; the rules share every round’s set, so that only its length differs. Where the round trip outweighs the work, balance is worth nothing.`,
    ],
    tables: [loadTable(given), timeTable],
    plots: [given[0]!, given[2]!].map(loadPlot),
    csv: [],
  }
}

function seen(
  given: readonly Work[],
  timed: readonly { workers: number; rule: Balance }[],
  results: readonly TaskResult[],
): string {
  const loads = given.map(({ name, work }) => {
    const [lpt, prefix, count] = BALANCES.map((rule) =>
      showCell(Number(loadOf(rule, work, WORKERS_SHOWN, 'equal').toFixed(2))),
    )
    return `${count}, ${prefix} and ${lpt} for ${name}`
  })
  const workers = WORKERS_TIMED[1]
  const time = (rule: Balance): number => {
    const at = timed.findIndex((t) => t.workers === workers && t.rule === rule)
    return results[at]!.run.to98?.timeMs ?? Number.NaN
  }
  const ratio = (rule: Balance): string => showCell(time(rule) / time('lpt'))
  return `With ${WORKERS_SHOWN} workers the fullest part is, by equal count, prefix sums and LPT, ${loads.join(', ')} times the mean; on ${workers} workers 98 % takes ${ratio('count')} times as long with equal counts as with LPT, and ${ratio('prefix')} times with prefix sums.`
}
