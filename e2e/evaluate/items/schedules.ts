/** Item 1: updates and time of every schedule; item 2: who diverges; item 3: ablations. */
import { type FamilyName, makeFamily } from '../../../shared/schedule/families.ts'
import type { Policy, Switches } from '../../../shared/schedule/policy.ts'
import { type LassoProblem, lassoProblem } from '../problem.ts'
import type { Section, Table } from '../report.ts'
import { type Reached, ROUND_TRIP_MS, type RoundsResult, runRounds } from '../rounds.ts'
import { lineChart } from '../svg.ts'

export interface Sizes {
  readonly quick: boolean
}

/** strads.md §2: ρ = 0.1, P′ = 3P, adaptive η, three uniform epochs. */
const USUAL: Switches = {
  ...{ policy: 'sap', power: 1, eta: 'adaptive', warmup: 3 },
  ...{ candidates: 3, rho: 0.1 },
}

interface Contender {
  readonly name: string
  readonly switches: Switches
  readonly guard?: boolean
}

const of = (name: string, policy: Policy, more: Partial<Switches> = {}): Contender => ({
  name,
  switches: { ...USUAL, policy, ...more },
})

const CONTENDERS: readonly Contender[] = [
  of('cyclic', 'cyclic'),
  of('static blocks', 'static'),
  of('rotation', 'rotation'),
  of('random (Shotgun)', 'random'),
  of('priority only', 'priority'),
  of('dependency only', 'dependency'),
  of('SAP, |δ|', 'sap'),
  of('SAP, δ²', 'sap', { power: 2 }),
  { ...of('SAP, |δ|, guarded', 'sap'), guard: true },
  { ...of('random, guarded', 'random'), guard: true },
  { ...of('priority, guarded', 'priority'), guard: true },
]

const FAMILY_NAMES = ['blocks', 'neighbours'] as const

export function problemOf(name: FamilyName, { quick }: Sizes): LassoProblem {
  const columns = name === 'blocks' ? (quick ? 1000 : 2000) : quick ? 2000 : 5000
  return lassoProblem(makeFamily(name, { seed: 1, columns }), 0.1)
}

const epochs = (reached: Reached | null, problem: LassoProblem): string =>
  reached ? (reached.updates / problem.columns).toFixed(1) : '–'

const seconds = (reached: Reached | null): string =>
  reached ? (reached.timeMs / 1000).toFixed(reached.timeMs < 10_000 ? 2 : 1) : '–'

export function schedulesSection(sizes: Sizes): Section {
  const parallels = sizes.quick ? [1, 32, 128] : [1, 8, 32, 128, 512]
  const tables = FAMILY_NAMES.map((name): Table => {
    const problem = problemOf(name, sizes)
    const rows: string[][] = []
    for (const parallel of parallels)
      for (const { name: label, switches, guard } of CONTENDERS) {
        if (parallel === 1 && (guard || label === 'static blocks' || label === 'rotation')) continue
        const run = runRounds(problem, {
          ...{ switches, parallel, seed: 1, guard: guard ?? false },
          epochsMax: sizes.quick ? 40 : 80,
        })
        rows.push([
          parallel === 1 && label === 'cyclic' ? 'serial' : label,
          String(parallel),
          run.diverged ? 'diverges' : run.meanSet.toFixed(1),
          epochs(run.to98, problem),
          epochs(run.toThousandth, problem),
          epochs(run.toGap, problem),
          seconds(run.to98),
          seconds(run.toGap),
        ])
      }
    return {
      name: `schedules-${name}`,
      caption: `${name}, ${problem.family.rows} × ${problem.columns}, λ = 0.1 λmax, ${problem.nonZeros} non-zeros`,
      head: [
        'schedule',
        'P',
        'mean set',
        'epochs to 98 %',
        'to F* + 0.1 %',
        'to gap 1e-6',
        's to 98 %',
        's to gap',
      ],
      rows,
    }
  })
  return {
    title: '1. Schedules: updates and simulated time',
    text: [
      `STRADS as its papers ran it: rounds of P exact single steps computed from one residual and added at once. An epoch is d updates. Time: ${ROUND_TRIP_MS} ms a round trip, 10⁵ entries a millisecond, a round waits for its longest column. “–”: not within ${sizes.quick ? 40 : 80} epochs. One seed; the orderings are asserted over ten in e2e/evaluate/rounds.test.ts.`,
    ],
    tables,
    charts: [],
  }
}

export function divergenceSection(sizes: Sizes): Section {
  const problem = problemOf('blocks', sizes)
  const contenders = CONTENDERS.filter(({ name }) =>
    /^(random|priority|dependency|SAP, \|)/.test(name),
  )
  const runs = contenders.map(({ name, switches, guard }) => ({
    name,
    run: runRounds(problem, {
      ...{ switches, parallel: 64, seed: 1, guard: guard ?? false },
      epochsMax: sizes.quick ? 15 : 30,
    }),
  }))
  const series = runs.map(({ name, run }) => ({
    name,
    dashed: name.includes('guarded'),
    points: run.curve.map(
      ({ updates, objective }) =>
        [
          updates / problem.columns,
          Math.max(1e-9, (objective - problem.optimum) / problem.optimum),
        ] as const,
    ),
  }))
  const rows = runs.map(({ name, run }) => [
    name,
    run.diverged ? 'diverges' : 'converges',
    run.rose ? 'rises' : 'never rises',
    (run.objective / problem.optimum - 1).toExponential(1),
  ])
  return {
    title: '2. Who diverges: block data, P = 64',
    text: [
      'Twenty groups of correlated columns. Updating several columns of a group at once overshoots; the guarded commit takes the best step along the round’s sum and never lets the objective rise.',
    ],
    tables: [
      {
        name: 'divergence',
        caption: 'Block family, P = 64',
        head: ['schedule', 'outcome', 'objective', 'F/F* − 1 at the end'],
        rows,
      },
    ],
    charts: [
      lineChart(series, {
        ...{ title: 'Block family, P = 64', x: 'epochs', y: '(F − F*)/F*' },
        ...{ logY: true, yMax: 1e4 },
      }),
    ],
  }
}

interface Knob {
  readonly name: string
  readonly values: readonly { label: string; switches?: Partial<Switches>; depth?: number }[]
}

const numbered = (values: readonly number[], make: (v: number) => Partial<Switches>) =>
  values.map((v) => ({ label: String(v), switches: make(v) }))

const KNOBS: readonly Knob[] = [
  { name: 'ρ', values: numbered([0.05, 0.1, 0.3, 0.5, 1], (rho) => ({ rho })) },
  {
    name: 'η',
    values: [
      ...numbered([0, 1e-5, 1e-3, 1e-1], (eta) => ({ eta })),
      { label: 'adaptive', switches: {} },
    ],
  },
  { name: 'P′/P', values: numbered([1, 2, 3, 4, 8], (candidates) => ({ candidates })) },
  { name: 'power', values: numbered([1, 2], (power) => ({ power: power as 1 | 2 })) },
  { name: 'warm-up', values: numbered([0, 1, 3], (warmup) => ({ warmup })) },
  { name: 's', values: [0, 1, 2, 4].map((depth) => ({ label: String(depth), depth })) },
]

function ablationRow(
  knob: string,
  label: string,
  problem: LassoProblem,
  parallel: number,
  run: RoundsResult,
): string[] {
  const goal = run.toThousandth
  const timeMs = goal?.timeMs ?? 0
  return [
    knob,
    label,
    String(parallel),
    run.diverged ? 'diverges' : run.meanSet.toFixed(1),
    epochs(run.to98, problem),
    epochs(goal, problem),
    goal ? (goal.updates / timeMs).toFixed(1) : '–',
    seconds(goal),
  ]
}

export function ablationsSection(sizes: Sizes): Section {
  const tables = FAMILY_NAMES.map((name): Table => {
    const problem = problemOf(name, { quick: true })
    const rows: string[][] = []
    for (const parallel of sizes.quick ? [32] : [32, 128])
      for (const { name: knob, values } of KNOBS)
        for (const { label, switches, depth = 0 } of values) {
          const run = runRounds(problem, {
            ...{ switches: { ...USUAL, ...switches }, parallel, seed: 1, depth },
            ...{ epochsMax: 60, target: 'toThousandth' },
          })
          rows.push(ablationRow(knob, label, problem, parallel, run))
        }
    return {
      name: `ablations-${name}`,
      caption: `${name}, ${problem.family.rows} × ${problem.columns}`,
      head: [
        'part',
        'value',
        'P',
        'mean set',
        'epochs to 98 %',
        'epochs to +0.1 %',
        'updates/ms',
        's to +0.1 %',
      ],
      rows,
    }
  })
  return {
    title: '3. Ablations of SAP',
    text: [
      'One part at a time, the others as in item 1. Progress per update (epochs) and updates per simulated millisecond are shown apart, as in the EuroSys 2016 paper: a wide set or a deep pipeline makes more updates a second, each of which is worth less.',
    ],
    tables,
    charts: [],
  }
}
