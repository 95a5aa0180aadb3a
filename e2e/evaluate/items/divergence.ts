/** Item 2: who diverges on data in correlated groups, without the guarded commit and with it. */
import { CONTENDERS, type ProblemSpec, type Task } from '../contenders.ts'
import type { Cell, Item, ItemOptions, Table } from '../report.ts'
import { showCell } from '../report.ts'
import type { Plot } from '../svg.ts'
import { runTasks, type TaskResult } from '../tasks.ts'

const SHOWN = [
  CONTENDERS.random,
  CONTENDERS.priority,
  CONTENDERS.dependency,
  CONTENDERS.sap,
  CONTENDERS.randomGuarded,
  CONTENDERS.priorityGuarded,
  CONTENDERS.sapGuarded,
] as const
const PARALLEL = 64
/** (F − F*)/F* above which a curve has left the picture; at the start it is below 10. */
const PICTURE_MAX = 100

interface Sizes {
  readonly columns: number
  readonly epochsMax: number
  readonly seeds: number
  readonly parallels: readonly number[]
}

const sizesOf = (quick: boolean): Sizes =>
  quick
    ? { columns: 1000, epochsMax: 15, seeds: 2, parallels: [16, PARALLEL] }
    : { columns: 2000, epochsMax: 30, seeds: 10, parallels: [8, 16, 32, PARALLEL, 128] }

/** What has not diverged within so many epochs has reached 98 %, all but always. */
const EPOCHS_COUNTED = 10

function tasksOf({ columns, epochsMax, seeds, parallels }: Sizes, first: number): Task[] {
  const task = (seed: number, parallel: number, k: number, epochs: number): Task => {
    const { switches, guard, memory } = SHOWN[k]!
    const problem: ProblemSpec = { family: 'blocks', columns, seed }
    return { problem, options: { switches, guard, memory, parallel, seed, epochsMax: epochs } }
  }
  const contenders = SHOWN.map((_, k) => k)
  const curves = contenders.map((k) => task(first, PARALLEL, k, epochsMax))
  const counted = Array.from({ length: seeds }, (_, s) =>
    contenders.flatMap((k) => parallels.map((p) => task(first + s, p, k, EPOCHS_COUNTED))),
  )
  return [...curves, ...counted.flat()]
}

function plotOf(results: readonly TaskResult[]): Plot {
  const series = results.map(({ run, facts }, k) => {
    const { name, tone, dashed = false } = SHOWN[k]!
    const points = run.curve.map(
      ({ updates, objective }) => [updates / facts.columns, objective / facts.optimum - 1] as const,
    )
    return { name, tone, dashed, points }
  })
  return {
    title: `Distance to the optimum, block family, P = ${PARALLEL}`,
    desc: `The relative distance of the objective to its optimum against epochs. Curves that leave the picture at the top diverge: ${names(results, ({ run }) => run.diverged)}.`,
    x: { label: 'epochs' },
    y: { label: '(F − F*)/F*', log: true, min: 1e-4, max: PICTURE_MAX },
    series,
  }
}

function names(results: readonly TaskResult[], is: (result: TaskResult) => boolean): string {
  return SHOWN.flatMap(({ name }, k) => (is(results[k]!) ? [name] : [])).join(', ') || 'none'
}

function endTable(results: readonly TaskResult[]): Table {
  return {
    name: '2-divergence',
    caption: `Block family, P = ${PARALLEL}: how the curves end`,
    head: ['schedule', 'outcome', 'objective', 'epochs', 'F/F* − 1 at the end'],
    rows: results.map(({ run, facts }, k) => [
      SHOWN[k]!.name,
      run.diverged ? 'diverges' : 'converges',
      run.rose ? 'rises' : 'never rises',
      run.updates / facts.columns,
      run.objective / facts.optimum - 1,
    ]),
  }
}

/** How many of the seeds diverge, by schedule and P. */
function countTable(results: readonly TaskResult[], { seeds, parallels }: Sizes): Table {
  const perSeed = SHOWN.length * parallels.length
  const rows = SHOWN.map(({ name }, k): Cell[] => [
    name,
    ...parallels.map((_, p) => {
      const own = Array.from(
        { length: seeds },
        (_, s) => results[s * perSeed + k * parallels.length + p]!,
      )
      return own.filter(({ run }) => run.diverged).length
    }),
  ])
  return {
    name: '2-divergence-seeds',
    caption: `Runs of ${seeds} that diverge, by P`,
    head: ['schedule', ...parallels.map((p) => `P = ${p}`)],
    rows,
  }
}

export async function divergence({ quick, seed, progress }: ItemOptions): Promise<Item> {
  const sizes = sizesOf(quick)
  const tasks = tasksOf(sizes, seed)
  const results = await runTasks(tasks, (finished) =>
    progress(`run ${finished} of ${tasks.length} (blocks)`),
  )
  const curves = results.slice(0, SHOWN.length)
  const counted = results.slice(SHOWN.length)
  const guarded = results.filter((_, k) => tasks[k]!.options.guard)
  const plot = plotOf(curves)
  return {
    title: 'Who diverges: correlated groups, with and without the guard',
    text: [
      `Do parallel updates of correlated variables diverge, and does the guarded commit prevent it?`,
      `On the block family at P = ${PARALLEL}, diverging without the guard: ${names(curves, ({ run }) => run.diverged)}; of the ${guarded.length} guarded runs ${guarded.filter(({ run }) => run.diverged).length} diverge, and in ${guarded.filter(({ run }) => run.rose).length} the objective ever rises.`,
      `Twenty groups of ${showCell(sizes.columns / 20)} columns, correlation 0.92 within a group: exact steps of several columns of a group at once overshoot together. The guarded commit takes the best combination of the round’s step and the last four, by exact line searches, and never lets the objective rise. A run diverges when its objective has grown a thousandfold, or has not fallen below its start in the end.`,
    ],
    tables: [endTable(curves), countTable(counted, sizes)],
    plots: [plot],
    csv: [
      {
        name: '2-divergence-curves',
        caption: 'the points of the curves',
        head: ['schedule', 'epochs', '(F - F*)/F*'],
        rows: plot.series.flatMap(({ name, points }) => points.map(([x, y]) => [name, x, y])),
      },
    ],
  }
}
