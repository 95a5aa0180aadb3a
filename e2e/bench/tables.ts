/** Comparisons as tables: times and ratios, where Shoal's time goes, what was asked of whom. */
import { formatNumber } from '../../server/cli/format.ts'
import { isLinear } from './cases.ts'
import type { Comparison, PeerResult } from './compare.ts'
import { type OurRun, overheadOf } from './ours.ts'

export interface Table {
  /** Name of the CSV file, without its ending. */
  readonly name: string
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const seconds = (value: number): string => formatNumber(value, 3)
const ratio = (value: number): string => formatNumber(value, 2)
const percent = (value: number): string => `${Math.round(100 * value)} %`

const medianOf = <T>(runs: readonly T[], of: (run: T) => number | null): number =>
  median(runs.flatMap((run) => of(run) ?? []))

/** The run of median length among those with the most workers: what the ratios are made with. */
function best({ ours }: Comparison): readonly OurRun[] {
  return ours.get(Math.max(...ours.keys()))!
}

const names = (each: Comparison): string[] => {
  const { case: asked } = each
  return [asked.app, asked.set, isLinear(asked) ? String(asked.ratio) : '–']
}

/** A row for every program on every case. */
export function timesTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...['app', 'set', 'λ/λmax', 'program', 'read s', 'solve s', 'both s', 'runs'],
    ...['Shoal / it, solve', 'Shoal / it, both', 'gap', 'objective or quality', 'non-zeros'],
  ]
  const rows = comparisons.flatMap((each) => [
    ...[...each.ours].map(([workers, runs]) => ourRow(each, workers, runs)),
    ...each.peers.map((peer) => peerRow(each, peer)),
  ])
  return { name: 'times', caption: 'Times to the same result (medians)', head, rows }
}

function ourRow(each: Comparison, workers: number, runs: readonly OurRun[]): string[] {
  const solve = medianOf(runs, (run) => run.solveSeconds)
  const read = medianOf(runs, (run) => run.ingestSeconds)
  const isConvex = isLinear(each.case)
  const last = runs.at(-1)!
  return [
    ...names(each),
    `Shoal, ${workers} worker${workers === 1 ? '' : 's'}`,
    ...[seconds(read), seconds(solve), seconds(read + solve), String(runs.length), '–', '–'],
    isConvex ? last.gap.toExponential(1) : '–',
    formatNumber(isConvex ? last.objective : last.quality, 8),
    isConvex ? String(last.nonZeros) : '–',
  ]
}

function peerRow(each: Comparison, { name, runs, failed }: PeerResult): string[] {
  if (failed !== null || runs.length === 0)
    return [...names(each), name, '–', failed ?? '–', ...Array<string>(7).fill('–')]
  const ours = best(each)
  const solve = medianOf(runs, (run) => run.solveSeconds)
  const read = medianOf(runs, (run) => run.loadSeconds)
  const ourSolve = medianOf(ours, (run) => run.solveSeconds)
  const ourRead = medianOf(ours, (run) => run.ingestSeconds)
  const { measured, quality } = runs.at(-1)!
  return [
    ...names(each),
    ...[name, seconds(read), seconds(solve), seconds(read + solve), String(runs.length)],
    ...[ratio(ourSolve / solve), ratio((ourRead + ourSolve) / (read + solve))],
    measured ? measured.gap.toExponential(1) : '–',
    formatNumber(measured ? measured.objective : quality, 8),
    measured ? String(measured.nonZeros) : '–',
  ]
}

/** Where Shoal's own time goes. */
export function splitTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...['app', 'set', 'λ/λmax', 'workers', 'solve s', 'open s', 'kernel s', 'queue s', 'network s'],
    ...['engine s', 'overhead', 'one / this', 'server CPU', 'leases', 'updates/s', 'bytes/update'],
    'load',
  ]
  const rows = comparisons.flatMap((each) => {
    const alone = each.ours.get(1)
    const aloneSolve = alone ? medianOf(alone, (run) => run.solveSeconds) : Number.NaN
    return [...each.ours].map(([workers, runs]) => {
      const at = (of: (run: OurRun) => number | null): number => medianOf(runs, of)
      const cpu = at((run) => run.serverCpuShare)
      return [
        ...names(each),
        String(workers),
        ...[
          at((run) => run.solveSeconds),
          at((run) => run.openSeconds),
          at((run) => run.kernelSeconds),
          at((run) => run.queueSeconds),
          at((run) => run.networkSeconds),
          at((run) => run.engineSeconds),
        ].map(seconds),
        percent(at(overheadOf)),
        ratio(aloneSolve / at((run) => run.solveSeconds)),
        Number.isNaN(cpu) ? '–' : percent(cpu),
        formatNumber(
          at((run) => run.leases),
          4,
        ),
        formatNumber(
          at((run) => run.updatesPerSecond),
          3,
        ),
        formatNumber(
          at((run) => run.bytesPerUpdate),
          3,
        ),
        each.load.map((load) => load.toFixed(1)).join(' – '),
      ]
    })
  })
  return { name: 'split', caption: 'Where Shoal’s solve time goes (medians)', head, rows }
}
