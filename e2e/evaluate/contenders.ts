/** The schedules that are compared, and the runs of a table as tasks that a worker can take. */
import type { FamilyName } from '../../shared/schedule/families.ts'
import type { Policy, Switches } from '../../shared/schedule/policy.ts'
import type { LassoSet } from '../lassoSets.ts'
import type { Cell } from './report.ts'
import type { Reached, RoundsOptions } from './rounds.ts'
import type { Tone } from './svg.ts'

/** strads.md §2: ρ = 0.1, P′ = 3P, adaptive η, three uniform epochs. */
export const USUAL: Switches = {
  ...{ policy: 'sap', power: 1, eta: 'adaptive', warmup: 3 },
  ...{ candidates: 3, rho: 0.1 },
}

/** As the lasso app does by default. */
const MEMORY = 4

/** What a run is made on: a synthetic family, or a real set at 0.1 λmax. */
export type ProblemSpec =
  | { readonly family: FamilyName; readonly columns: number; readonly seed: number }
  | { readonly set: LassoSet }

export interface Task {
  readonly problem: ProblemSpec
  readonly options: RoundsOptions
}

export interface Contender {
  readonly name: string
  readonly switches: Switches
  readonly guard: boolean
  /** Last steps that the guarded commit may reuse. */
  readonly memory: number
  readonly tone: Tone
  readonly dashed?: boolean
}

const of = (
  name: string,
  policy: Policy,
  tone: Tone,
  more: { power?: 1 | 2; guard?: boolean; dashed?: boolean } = {},
): Contender => {
  const { power = 1, guard = false, dashed = guard } = more
  const memory = guard ? MEMORY : 0
  return { name, switches: { ...USUAL, policy, power }, guard, memory, tone, dashed }
}

export const CONTENDERS = {
  cyclic: of('cyclic', 'cyclic', 'grey'),
  static: of('static blocks', 'static', 'grey', { dashed: true }),
  random: of('random', 'random', 'orange'),
  priority: of('priority only', 'priority', 'purple'),
  dependency: of('dependency only', 'dependency', 'green'),
  sap: of('SAP, |δ|', 'sap', 'blue'),
  sap2: of('SAP, δ²', 'sap', 'blue', { power: 2, dashed: true }),
  sapGuarded: of('SAP, guarded', 'sap', 'black', { guard: true, dashed: false }),
  randomGuarded: of('random, guarded', 'random', 'orange', { guard: true }),
  priorityGuarded: of('priority, guarded', 'priority', 'purple', { guard: true }),
  dependencyGuarded: of('dependency, guarded', 'dependency', 'green', { guard: true }),
} as const satisfies Record<string, Contender>

export const epochsOf = (reached: Reached | null, columns: number): number | null =>
  reached && reached.updates / columns

export const secondsOf = (reached: Reached | null): number | null =>
  reached && reached.timeMs / 1000

/** For plots: never reached is out of the picture. */
export const orBeyond = (value: number | null): number => value ?? Number.POSITIVE_INFINITY

/** "3.1 times" */
export const times = (ratio: number): string => `${Number(ratio.toPrecision(2))} times`

export const isNumber = (cell: Cell): cell is number => typeof cell === 'number'
