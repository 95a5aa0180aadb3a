/** Item 1: updates and simulated time of every schedule, on synthetic families and real sets. */

import type { LassoSet } from '../../lassoSets.ts'
import {
  CONTENDERS,
  type Contender,
  epochsOf,
  orBeyond,
  type ProblemSpec,
  secondsOf,
  type Task,
} from '../contenders.ts'
import { realSets } from '../realProblems.ts'
import type { Item, ItemOptions, Table } from '../report.ts'
import { showCell } from '../report.ts'
import { CLUSTER, type Reached, type RoundsResult } from '../rounds.ts'
import type { Plot, Series } from '../svg.ts'
import { type Facts, runTasks } from '../tasks.ts'

const { cyclic, random, sap, sap2 } = CONTENDERS
/** One variable at a time nothing interferes: no filter, no guard, no order of blocks. */
const ALONE: readonly Contender[] = [{ ...cyclic, name: 'serial' }, random, sap, sap2]
const TOGETHER: readonly Contender[] = [
  cyclic,
  CONTENDERS.static,
  random,
  CONTENDERS.priority,
  CONTENDERS.dependency,
  sap,
  sap2,
  CONTENDERS.sapGuarded,
]

interface Plan {
  readonly problem: ProblemSpec
  readonly parallels: readonly number[]
  readonly epochsMax: number
  /** Seeds of the schedules: the first is run to the gap, all to 98 %. */
  readonly seeds: number
}

interface Cell {
  readonly contender: Contender
  readonly parallel: number
}

interface Row extends Cell {
  /** The first seed, run to the gap. */
  readonly run: RoundsResult
  /** All seeds. */
  readonly runs: readonly RoundsResult[]
}

interface Group {
  readonly facts: Facts
  readonly plan: Plan
  readonly rows: readonly Row[]
}

/** P, as the project was asked for. */
const PARALLELS: readonly number[] = [1, 8, 32, 128, 512]

function plansOf({ quick, seed, dataDir }: ItemOptions): Plan[] {
  if (quick) {
    const parallels = [1, 32, 128]
    return [
      { problem: { family: 'blocks', columns: 1000, seed }, parallels, epochsMax: 12, seeds: 1 },
      {
        problem: { family: 'neighbours', columns: 2000, seed },
        parallels,
        epochsMax: 20,
        seeds: 1,
      },
      ...realSets(null).map((set) => ({
        problem: { set },
        parallels: [32],
        epochsMax: 8,
        seeds: 1,
      })),
    ]
  }
  const parallels = PARALLELS
  return [
    { problem: { family: 'blocks', columns: 2000, seed }, parallels, epochsMax: 40, seeds: 3 },
    { problem: { family: 'neighbours', columns: 5000, seed }, parallels, epochsMax: 40, seeds: 3 },
    ...realSets(dataDir).map((set) => ({ problem: { set }, seeds: 1, ...extentOf(set) })),
  ]
}

/**
 * Fewer runs where they take longest; the page says which are missing. The filter lets 20 genotypes into
 * a round of P = 128: at P = 512 it would only reject more of them.
 */
function extentOf({ name }: LassoSet): Pick<Plan, 'parallels' | 'epochsMax'> {
  if (name === 'leukemia') return { parallels: PARALLELS, epochsMax: 8 }
  return name === 'genotypes'
    ? { parallels: [1, 8, 32, 128], epochsMax: 6 }
    : { parallels: [8, 32, 128], epochsMax: 4 }
}

const contendersAt = (parallel: number): readonly Contender[] => (parallel === 1 ? ALONE : TOGETHER)

/** Without dice in it one seed says all. */
const isDrawn = ({ switches: { policy } }: Contender): boolean =>
  policy !== 'cyclic' && policy !== 'static'

async function runGroups(options: ItemOptions): Promise<Group[]> {
  const planned = plansOf(options).map((plan) => ({
    plan,
    cells: plan.parallels.flatMap((parallel) =>
      contendersAt(parallel).map((contender) => ({ contender, parallel })),
    ),
  }))
  const tasksOf = ({ problem, epochsMax, seeds }: Plan, { contender, parallel }: Cell): Task[] => {
    const { switches, guard, memory } = contender
    return Array.from({ length: isDrawn(contender) ? seeds : 1 }, (_, k) => ({
      problem,
      options: {
        ...{ switches, guard, memory, parallel, epochsMax, seed: options.seed + k },
        target: k === 0 ? 'gap' : 'to98',
      },
    }))
  }
  const tasks = planned.flatMap(({ plan, cells }) => cells.flatMap((cell) => tasksOf(plan, cell)))
  const results = await runTasks(tasks, (finished, { problem }) => {
    const name = 'set' in problem ? problem.set.name : problem.family
    options.progress(`run ${finished} of ${tasks.length} (${name})`)
  })
  let at = 0
  return planned.map(({ plan, cells }) => {
    const { facts } = results[at]!
    const rows = cells.map((cell): Row => {
      const { length } = tasksOf(plan, cell)
      const runs = results.slice(at, at + length).map(({ run }) => run)
      at += length
      return { ...cell, run: runs[0]!, runs }
    })
    return { facts, plan, rows }
  })
}

/** The median over the seeds; null where half of them or more did not get there. */
function median98({ runs }: Row): Reached | null {
  const sorted = runs
    .map(({ to98, diverged }) => (diverged ? null : to98))
    .sort((a, b) => (a?.updates ?? Infinity) - (b?.updates ?? Infinity))
  return sorted[sorted.length >> 1] ?? null
}

const nameOf = ({ facts }: Group): string => facts.name

const seedsOf = ({ seeds }: Plan): string =>
  seeds === 1 ? 'one seed' : `98 %: median of ${seeds} seeds`

function tableOf({ facts, plan, rows }: Group): Table {
  const { name, rows: n, columns, nonZeros } = facts
  return {
    name: `1-schedules-${name}`,
    caption: `${name}, ${showCell(n)} × ${showCell(columns)}, λ = 0.1 λmax, ${nonZeros} non-zeros; at most ${plan.epochsMax} epochs, ${seedsOf(plan)}`,
    head: [
      'schedule',
      'P',
      'diverge',
      'mean set',
      'epochs to 98 %',
      'epochs to F* + 0.1 %',
      'epochs to gap 1e-6',
      's to 98 %',
      's to gap 1e-6',
    ],
    rows: rows.map(({ run, runs, ...row }) => [
      ...[row.contender.name, row.parallel],
      `${runs.filter(({ diverged }) => diverged).length} of ${runs.length}`,
      run.diverged ? null : run.meanSet,
      epochsOf(median98({ run, runs, ...row }), columns),
      epochsOf(run.toThousandth, columns),
      epochsOf(run.toGap, columns),
      secondsOf(median98({ run, runs, ...row })),
      secondsOf(run.toGap),
    ]),
  }
}

function plotsOf(group: Group): Plot[] {
  const { facts, plan, rows } = group
  if (plan.parallels.length < 2) return []
  const lines = (value: (reached: Reached | null) => number | null): Series[] =>
    TOGETHER.map(({ name, tone, dashed }) => ({
      ...{ name, tone, dots: true, dashed: dashed ?? false },
      points: rows
        .filter((row) => row.contender.name === name && row.parallel > 1)
        .map((row) => [row.parallel, orBeyond(value(median98(row)))] as const),
    }))
  const x = {
    label: 'P, variables in a round',
    log: true,
    ticks: plan.parallels.filter((p) => p > 1),
  }
  const beyond = `× diverges, or not within ${plan.epochsMax} epochs`
  const about = (what: string): string =>
    `One line a schedule: ${what} against the number of variables updated at once, on ${facts.name}. The numbers are in the table below.`
  return [
    {
      title: `${facts.name}: updates to 98 %`,
      desc: about('epochs of d updates until 98 % of what can be gained was gained'),
      ...{ x, beyond, y: { label: 'epochs', log: true } },
      series: lines((reached) => epochsOf(reached, facts.columns)),
    },
    {
      title: `${facts.name}: simulated time to 98 %`,
      desc: about('simulated seconds until 98 % of what can be gained was gained'),
      ...{ x, beyond, y: { label: 'seconds', log: true } },
      series: lines(secondsOf),
    },
  ]
}

const P_SHOWN = 32

/** SAP beside random at P_SHOWN: "blocks 0.31", "leukemia 1.4, more than random". */
function besideRandom(group: Group): string {
  const at = ({ name }: Contender): Reached | null => {
    const row = group.rows.find(
      ({ contender, parallel }) => contender.name === name && parallel === P_SHOWN,
    )
    return row ? median98(row) : null
  }
  const [a, b] = [at(sap), at(random)]
  if (!a)
    return `${nameOf(group)} not within ${group.plan.epochsMax} epochs${b ? ', which random does' : ', nor does random'}`
  if (!b)
    return `${nameOf(group)} after ${showCell(a.updates / group.facts.columns)} epochs, where random does not`
  const ratio = a.updates / b.updates
  const verdict = ratio > 1.05 ? ' (worse than random)' : ratio > 0.95 ? ' (as random)' : ''
  return `${nameOf(group)} with ${showCell(ratio)} times random’s updates${verdict}`
}

/** The sentence of what is seen: ratios at P = 32, and who diverged at any P. */
function seen(groups: readonly Group[]): string {
  const parallelRows = groups.flatMap(({ rows }) => rows.filter(({ parallel }) => parallel > 1))
  const count = (isOne: (contender: Contender) => boolean): string => {
    const runs = parallelRows.filter(({ contender }) => isOne(contender)).flatMap((row) => row.runs)
    return `${runs.filter(({ diverged }) => diverged).length} of ${runs.length}`
  }
  const hasFilter = ({ switches: { policy } }: Contender): boolean =>
    policy === 'sap' || policy === 'dependency'
  return `At P = ${P_SHOWN} SAP reaches 98 % on ${groups.map(besideRandom).join('; on ')}. Over all P > 1, ${count((c) => !hasFilter(c))} runs without the dependency filter diverge, ${count((c) => hasFilter(c) && !c.guard)} with it, and ${count(({ guard }) => guard)} with filter and guard.`
}

/** How many variables the filter lets into a round, at the largest P of each problem. */
function capsOf(groups: readonly Group[]): string {
  const caps = groups.flatMap((group) => {
    const parallel = Math.max(...group.plan.parallels)
    const row = group.rows.find(
      (one) => one.contender.name === sap.name && one.parallel === parallel,
    )
    if (!row || row.run.diverged) return []
    return [`${showCell(row.run.meanSet)} of P = ${parallel} on ${nameOf(group)}`]
  })
  return `The filter caps how many variables a round may hold, and so what P can bring: SAP’s mean set is ${caps.join(', ')}.`
}

/** Which P were not run, and why. */
function omitted(groups: readonly Group[]): string {
  const said = groups.flatMap((group) => {
    const missing = PARALLELS.filter((p) => !group.plan.parallels.includes(p))
    return missing.length === 0 ? [] : [`P = ${missing.join(', ')} on ${nameOf(group)}`]
  })
  return said.length === 0 ? '' : ` Left out for time: ${said.join('; ')}.`
}

export async function schedules(options: ItemOptions): Promise<Item> {
  const groups = await runGroups(options)
  return {
    title: 'Schedules: updates and simulated time',
    text: [
      'How many updates, and how much time, does each schedule need to 98 % of what can be gained and to a duality gap of 1e-6?',
      seen(groups),
      `STRADS as its papers ran it (random is Shotgun): rounds of P exact single-variable steps, computed from one residual and added at once. An epoch is d updates, whatever P is. Time is simulated: ${CLUSTER.roundTripMs} ms a round trip, ${showCell(CLUSTER.entriesPerMs)} entries a millisecond, and a round waits for its longest column.`,
      capsOf(groups),
      `Synthetic: blocks are 20 groups of columns of correlation 0.92, neighbours are sparse columns that copy their left neighbour nine times in ten. Families and schedules are drawn from one seed (${options.seed}); a median is over seeds of the schedule on one problem; the orderings are asserted over ten problems by the project’s tests. “–” is: not within so many epochs.${omitted(groups)}`,
    ],
    tables: groups.map(tableOf),
    plots: groups.flatMap(plotsOf),
    csv: [],
  }
}
