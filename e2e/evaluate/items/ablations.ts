/** Item 3: one part of SAP at a time; progress per update and updates per second apart. */
import type { Switches } from '../../../shared/schedule/policy.ts'
import { epochsOf, orBeyond, type ProblemSpec, secondsOf, type Task, USUAL } from '../contenders.ts'
import { type Item, type ItemOptions, showCell, type Table } from '../report.ts'
import { CLUSTER, type RoundsResult } from '../rounds.ts'
import type { Plot, Series, Tone } from '../svg.ts'
import { type Facts, runTasks } from '../tasks.ts'

interface Setting {
  readonly part: string
  readonly value: string
  readonly switches: Partial<Switches>
  readonly depth: number
  /** P, where it is not what the others run at. */
  readonly parallel: number | null
}

const setting = (part: string, value: string | number, more: Partial<Setting> = {}): Setting => ({
  ...{ part, value: String(value), switches: {}, depth: 0, parallel: null },
  ...more,
})

const RHOS = [0.05, 0.1, 0.2, 0.3, 0.5, 1] as const
const DEPTHS = [0, 1, 2, 4, 8] as const
const PARALLELS = [1, 4, 8, 16, 32, 64, 128, 256, 512] as const

const SETTINGS: readonly Setting[] = [
  ...RHOS.map((rho) => setting('ρ', rho, { switches: { rho } })),
  ...[0, 1e-5, 1e-3, 1e-1].map((eta) => setting('η', eta, { switches: { eta } })),
  setting('η', 'adaptive'),
  ...[1, 2, 3, 4, 8].map((candidates) => setting('P′/P', candidates, { switches: { candidates } })),
  ...([1, 2] as const).map((power) => setting('power', power, { switches: { power } })),
  ...[0, 1, 3].map((warmup) => setting('warm-up', warmup, { switches: { warmup } })),
  ...DEPTHS.map((depth) => setting('s', depth, { depth })),
]
const WIDTHS: readonly Setting[] = PARALLELS.map((p) => setting('P', p, { parallel: p }))

interface Row extends Setting {
  readonly parallel: number
  readonly facts: Facts
  readonly run: RoundsResult
}

const EPOCHS_MAX = 60

function plansOf({ quick, seed }: ItemOptions): { problem: ProblemSpec; settings: Setting[] }[] {
  const parallels = quick ? [32] : [32, 128]
  const widths = WIDTHS.filter((_, k) => !quick || k % 2 === 0)
  const settings = parallels.flatMap((parallel) => SETTINGS.map((s) => ({ ...s, parallel })))
  return [
    { problem: { family: 'blocks', columns: quick ? 1000 : 2000, seed }, settings },
    { problem: { family: 'neighbours', columns: quick ? 1500 : 5000, seed }, settings },
  ].map(({ problem, settings: own }) => ({
    problem: problem as ProblemSpec,
    settings: [...own, ...widths],
  }))
}

async function runPlans(options: ItemOptions): Promise<Row[][]> {
  const plans = plansOf(options)
  const tasks = plans.flatMap(({ problem, settings }) =>
    settings.map(
      ({ switches, depth, parallel }): Task => ({
        problem,
        options: {
          ...{
            switches: { ...USUAL, ...switches },
            parallel: parallel!,
            depth,
            seed: options.seed,
          },
          ...{ epochsMax: EPOCHS_MAX, target: 'toThousandth' },
        },
      }),
    ),
  )
  const results = await runTasks(tasks, (finished) =>
    options.progress(`run ${finished} of ${tasks.length}`),
  )
  let at = 0
  return plans.map(({ settings }) =>
    settings.map((own) => ({ ...own, parallel: own.parallel!, ...results[at++]! })),
  )
}

/** Updates per simulated millisecond, whether or not they lead anywhere. */
const rateOf = ({ run }: Row): number => run.updates / run.timeMs

const epochsTo = ({ run, facts }: Row): number | null => epochsOf(run.toThousandth, facts.columns)

function tableOf(rows: readonly Row[]): Table {
  const { name, rows: n, columns } = rows[0]!.facts
  return {
    name: `3-ablations-${name}`,
    caption: `${name}, ${showCell(n)} × ${showCell(columns)}: to F* + 0.1 %`,
    head: [
      'part',
      'value',
      'P',
      'outcome',
      'mean set',
      'epochs to 98 %',
      'epochs to F* + 0.1 %',
      'updates/ms',
      's to F* + 0.1 %',
    ],
    rows: rows.map((row) => [
      row.part,
      row.value,
      row.parallel,
      row.run.diverged ? 'diverges' : row.run.toThousandth ? 'gets there' : 'too slow',
      row.run.diverged ? null : row.run.meanSet,
      epochsOf(row.run.to98, row.facts.columns),
      epochsTo(row),
      row.run.diverged ? null : rateOf(row),
      secondsOf(row.run.toThousandth),
    ]),
  }
}

/** What an update is worth, how many there are in a second, and their product, beside the first row. */
function apart(rows: readonly Row[], label: string, log: boolean): Plot {
  const name = rows[0]!.facts.name
  const [base] = rows
  const relative = (of: (row: Row) => number | null): (readonly [number, number])[] =>
    rows.map((row) => {
      const value = row.run.diverged ? null : of(row)
      return [Number(row.value), value === null ? Number.POSITIVE_INFINITY : value / of(base!)!]
    })
  const worth = (row: Row): number | null => {
    const epochs = epochsTo(row)
    return epochs === null ? null : 1 / epochs
  }
  const line = (title: string, tone: Tone, of: (row: Row) => number | null): Series => ({
    ...{ name: title, tone, dots: true, points: relative(of) },
  })
  return {
    title: `${name}: progress per update and updates a second, against ${label}`,
    desc: `Three lines, each relative to ${label} = ${base!.value}: progress per update, updates a second, and their product, progress a second. The numbers are in the table below.`,
    x: { label, log, ticks: rows.map(({ value }) => Number(value)) },
    y: { label: `times ${label} = ${base!.value}`, log: true },
    beyond: `× diverges, or not within ${EPOCHS_MAX} epochs`,
    series: [
      line('per update', 'orange', worth),
      line('updates/s', 'grey', rateOf),
      line('progress/s', 'blue', (row) => {
        const each = worth(row)
        return each === null ? null : each * rateOf(row)
      }),
    ],
  }
}

/** Epochs against ρ: where the filter lets too much through. */
function rhoPlot(groups: readonly (readonly Row[])[]): Plot {
  const tones: readonly Tone[] = ['blue', 'green']
  const series = groups.flatMap((rows, k) => {
    const own = rows.filter(({ part }) => part === 'ρ')
    return [...new Set(own.map(({ parallel }) => parallel))].map(
      (parallel, dash): Series => ({
        ...{ name: `${rows[0]!.facts.name}, P = ${parallel}`, tone: tones[k]!, dashed: dash > 0 },
        dots: true,
        points: own
          .filter((row) => row.parallel === parallel)
          .map((row) => [Number(row.value), orBeyond(row.run.diverged ? null : epochsTo(row))]),
      }),
    )
  })
  return {
    title: 'Epochs to F* + 0.1 %, against ρ',
    desc: 'One line for each family and P: updates needed against the correlation from which two variables are kept apart.',
    x: { label: 'ρ', log: true, ticks: RHOS },
    y: { label: 'epochs', log: true },
    beyond: `× diverges, or not within ${EPOCHS_MAX} epochs`,
    series,
  }
}

function seen(groups: readonly (readonly Row[])[]): string {
  const sentence = (rows: readonly Row[]): string => {
    const at = (part: string, value: string | number): Row =>
      rows.find((row) => row.part === part && row.value === String(value))!
    const worked = rows.filter(({ part, run }) => part === 'ρ' && run.toThousandth && !run.diverged)
    const said = (row: Row): string => {
      const epochs = epochsTo(row)
      return row.run.diverged
        ? 'divergence'
        : epochs === null
          ? `not within ${EPOCHS_MAX} epochs`
          : `${showCell(epochs)} epochs`
    }
    const largest = Math.max(
      ...worked.filter(({ parallel }) => parallel === 32).map(({ value }) => Number(value)),
    )
    const [s0, s2] = [at('s', 0), at('s', 2)]
    return `on ${rows[0]!.facts.name} ρ up to ${largest} works; η = 0: ${said(at('η', 0))}, adaptive η: ${said(at('η', 'adaptive'))}; P′ = P: ${said(at('P′/P', 1))}, P′ = 4P: ${said(at('P′/P', 4))}; s = 2: ${said(s2)} at ${showCell(rateOf(s2) / rateOf(s0))} times the updates a second of s = 0, which needs ${said(s0)}`
  }
  return `To F* + 0.1 % at P = 32: ${groups.map(sentence).join('. And ')}.`
}

export async function ablations(options: ItemOptions): Promise<Item> {
  const groups = await runPlans(options)
  const of = (rows: readonly Row[], part: string): Row[] =>
    rows.filter((row) => row.part === part && (part === 'P' || row.parallel === 32))
  return {
    title: 'Ablations of SAP: ρ, η, P′, power, warm-up and s',
    text: [
      'What is each part of the schedule worth, in progress per update and in updates per second?',
      seen(groups),
      `One part at a time; the others are ρ = ${USUAL.rho}, adaptive η, P′ = ${USUAL.candidates}P, |δ|, ${USUAL.warmup} epochs of warm-up, s = 0. Progress per update (epochs) and updates per simulated millisecond are shown apart, as in the EuroSys 2016 paper: a wide set or a deep pipeline makes more updates a second, each of which is worth less. Time is simulated: ${CLUSTER.roundTripMs} ms a round trip, ${showCell(CLUSTER.entriesPerMs)} entries a millisecond, a worker for each variable; with depth s, s + 1 rounds share a round trip. One seed (${options.seed}): differences of a fifth are noise.`,
    ],
    tables: groups.map(tableOf),
    plots: [
      rhoPlot(groups),
      ...groups.map((rows) => apart(of(rows, 'P'), 'P', true)),
      ...groups.map((rows) => apart(of(rows, 's'), 's', false)),
    ],
    csv: [],
  }
}
