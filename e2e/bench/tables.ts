/** Comparisons as tables: times and ratios, where Shoal's time goes, what it took besides. */
import { type OurRun, overheadOf } from './ours.ts'
import { type Comparison, medianOf, namesOf } from './results.ts'
import { NONE, number, seconds, type Times, timesOf } from './times.ts'

export interface Table {
  /** Name of the CSV file, without its ending. */
  readonly name: string
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const ratio = (value: number): string => number(value, 2)
const short = (value: number): string => number(value, 3)
const percent = (value: number): string =>
  Number.isFinite(value) ? `${Math.round(100 * value)} %` : NONE

/** "> 120 s" is a time; every other failure is a sentence, and stands where results do. */
function timesRow(each: Comparison, row: Times): string[] {
  const { program, read, solve, range, shoal, runs, result, objective, nonZeros, failed } = row
  const isLate = failed?.startsWith('>') === true
  return [
    ...[...namesOf(each), program, seconds(read), isLate ? failed! : seconds(solve)],
    ...[seconds(read + solve), String(runs)],
    runs > 1 ? range.map(seconds).join(' – ') : NONE,
    shoal ? ratio(shoal.solve / solve) : NONE,
    shoal ? ratio((shoal.read + shoal.solve) / (read + solve)) : NONE,
    failed === null ? result : isLate ? NONE : failed,
    ...[number(objective, 8), nonZeros === null ? NONE : String(nonZeros)],
  ]
}

/** A row for every program on every case. */
export function timesTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...[
      'app',
      'set',
      'setting',
      'program',
      'read s',
      'solve s',
      'both s',
      'runs',
      'solve from – to',
    ],
    ...['Shoal / it, solve', 'Shoal / it, both', 'result', 'objective or best', 'non-zeros'],
  ]
  const rows = comparisons.flatMap((each) => timesOf(each).map((row) => timesRow(each, row)))
  return { name: 'times', caption: 'Times to the same result (medians)', head, rows }
}

type Column = readonly [
  head: string,
  of: (run: OurRun) => number | null,
  show: (value: number) => string,
]

/** A table of Shoal's own runs: a row for every number of workers, a column for every measure. */
function oursTable(
  comparisons: readonly Comparison[],
  columns: readonly Column[],
  last: { head: string; of: (each: Comparison, runs: readonly OurRun[]) => string },
): Pick<Table, 'head' | 'rows'> {
  const head = ['app', 'set', 'setting', 'workers', ...columns.map(([name]) => name), last.head]
  const rows = comparisons.flatMap((each) =>
    each.ours
      .filter(({ runs }) => runs.length > 0)
      .map(({ workers, runs }) => [
        ...[...namesOf(each), String(workers)],
        ...columns.map(([, of, show]) => show(medianOf(runs, of))),
        last.of(each, runs),
      ]),
  )
  return { head, rows }
}

/** Where Shoal's own time goes. */
export function splitTable(comparisons: readonly Comparison[]): Table {
  const columns: Column[] = [
    ['solve s', (run) => run.solveSeconds, seconds],
    ['open s', (run) => run.openSeconds, seconds],
    ['kernel s', (run) => run.kernelSeconds, seconds],
    ['queue s', (run) => run.queueSeconds, seconds],
    ['network s', (run) => run.networkSeconds, seconds],
    ['engine s', (run) => run.engineSeconds, seconds],
    ['of it check s', (run) => run.checkSeconds, seconds],
    ['server CPU', (run) => run.serverCpuShare, percent],
    ['overhead', overheadOf, percent],
  ]
  const gain = {
    head: 'one worker / this',
    of({ ours }: Comparison, runs: readonly OurRun[]) {
      const alone = ours.find(({ workers }) => workers === 1)?.runs ?? []
      const solve = (of: readonly OurRun[]): number => medianOf(of, (run) => run.solveSeconds)
      return ratio(solve(alone) / solve(runs))
    },
  }
  const caption = 'Where Shoal’s solve time goes (medians)'
  return { name: 'split', caption, ...oursTable(comparisons, columns, gain) }
}

/** What Shoal did for it, and what it took of the network and of memory. */
export function workTable(comparisons: readonly Comparison[]): Table {
  const megabytes = (bytes: number): string => number(bytes / 1e6, 3)
  const columns: Column[] = [
    ['leases', (run) => run.leases, short],
    ['updates/s', (run) => run.updatesPerSecond, short],
    ['bytes/update', (run) => run.bytesPerUpdate, short],
    ['server’s peak MB', (run) => run.serverBytesMax, megabytes],
    ['tab’s peak MB', (run) => run.tabBytesMax, megabytes],
  ]
  const load = {
    head: 'load before – after',
    of: (each: Comparison) => each.load.map((processes) => processes.toFixed(1)).join(' – '),
  }
  const caption = 'Shoal’s work, traffic and memory (medians)'
  return { name: 'work', caption, ...oursTable(comparisons, columns, load) }
}
