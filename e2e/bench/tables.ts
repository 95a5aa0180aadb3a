/** Comparisons as tables: times and ratios, where Shoal's time goes, what was asked of whom. */
import { type OurRun, overheadOf } from './ours.ts'
import { type Comparison, medianOf, namesOf } from './results.ts'
import { NONE, number, seconds, timesOf } from './times.ts'

export interface Table {
  /** Name of the CSV file, without its ending. */
  readonly name: string
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const ratio = (value: number): string => number(value, 2)
const percent = (value: number): string =>
  Number.isFinite(value) ? `${Math.round(100 * value)} %` : NONE

/** A row for every program on every case. */
export function timesTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...['app', 'set', 'setting', 'program', 'read s', 'solve s', 'both s', 'runs'],
    ...['Shoal / it, solve', 'Shoal / it, both', 'result', 'objective or best', 'non-zeros'],
  ]
  const rows = comparisons.flatMap((each) =>
    timesOf(each).map(
      ({ program, read, solve, shoal, runs, result, objective, nonZeros, failed }) => [
        ...[...namesOf(each), program, seconds(read), failed ?? seconds(solve)],
        ...[seconds(read + solve), String(runs)],
        shoal ? ratio(shoal.solve / solve) : NONE,
        shoal ? ratio((shoal.read + shoal.solve) / (read + solve)) : NONE,
        ...[
          failed ? NONE : result,
          number(objective, 8),
          nonZeros === null ? NONE : String(nonZeros),
        ],
      ],
    ),
  )
  return { name: 'times', caption: 'Times to the same result (medians)', head, rows }
}

/** Where Shoal's own time goes. */
export function splitTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...['app', 'set', 'setting', 'workers', 'solve s', 'open s', 'kernel s', 'queue s'],
    ...['network s', 'engine s', 'overhead', 'one / this', 'server CPU', 'leases', 'updates/s'],
    ...['bytes/update', 'tab peak MB', 'load'],
  ]
  const rows = comparisons.flatMap((each) => {
    const alone = each.ours.find(({ workers }) => workers === 1)?.runs ?? []
    const aloneSolve = medianOf(alone, (run) => run.solveSeconds)
    return each.ours.map(({ workers, runs }) => {
      const at = (of: (run: OurRun) => number | null): number => medianOf(runs, of)
      const solve = at((run) => run.solveSeconds)
      const shares = [
        ...[solve, at((run) => run.openSeconds), at((run) => run.kernelSeconds)],
        ...[at((run) => run.queueSeconds), at((run) => run.networkSeconds)],
        at((run) => run.engineSeconds),
      ]
      return [
        ...[...namesOf(each), String(workers), ...shares.map(seconds), percent(at(overheadOf))],
        ...[ratio(aloneSolve / solve), percent(at((run) => run.serverCpuShare))],
        ...[at((run) => run.leases), at((run) => run.updatesPerSecond)].map((v) => number(v, 3)),
        number(
          at((run) => run.bytesPerUpdate),
          3,
        ),
        number(at((run) => run.tabBytesMax) / 1e6, 3),
        each.load.map((load) => load.toFixed(1)).join(' – '),
      ]
    })
  })
  return { name: 'split', caption: 'Where Shoal’s solve time goes (medians)', head, rows }
}
