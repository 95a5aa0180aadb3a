/** Options of every sparse linear model, as people type them. A flag that is not given leaves its field to spec.ts. */
import type { Flag } from '../app.ts'

/** @param loss the loss per row, as the help shows it: "1/(2n)‖y − β₀ − Xβ‖²" */
export const penaltyFlags = (loss: string): Flag[] => [
  { flag: '--lambda <λ>', text: `λ of ${loss} + λ(α‖β‖₁ + ½(1 − α)‖β‖²)`, field: 'lambda' },
  { flag: '--lambda-ratio <r>', text: 'λ as a share of λmax, 0 < r ≤ 1', field: 'lambdaRatio' },
  {
    flag: '--path <k>',
    text: 'k values of λ from λmax downwards, on glmnet’s grid',
    field: 'path',
  },
  { flag: '--cv <folds>', text: 'cross-validate λ along the path', field: 'cv' },
  {
    flag: '--l1-ratio <α>',
    text: 'elastic net: the share α of ‖β‖₁ in the penalty, 0 < α ≤ 1 (glmnet’s alpha; default: 1)',
    field: 'l1Ratio',
  },
]

export const columnFlags: readonly Flag[] = [
  { flag: '--no-standardize', text: 'take the columns in their own units', field: 'standardize' },
  { flag: '--no-intercept', text: 'no β₀', field: 'intercept' },
]

export const scheduleFlags: readonly Flag[] = [
  {
    flag: '--policy <name>',
    text: 'sap, priority, dependency, random, greedy, cyclic, static or rotation',
    field: 'schedule.policy',
    values: 'text',
  },
  {
    flag: '--no-working-set',
    text: 'draw from all variables, as STRADS does',
    field: 'schedule.workingSet',
  },
  { flag: '--no-priority', text: 'draw variables uniformly', field: 'schedule.priority' },
  { flag: '--power <1|2>', text: 'exponent of |δ| in the priority', field: 'schedule.power' },
  {
    flag: '--eta <η>',
    text: 'added to every priority (default: 5 % of their mean)',
    field: 'schedule.eta',
  },
  {
    flag: '--warmup <epochs>',
    text: 'epochs drawn uniformly first, without a working set',
    field: 'schedule.warmup',
  },
  {
    flag: '--candidates <c>',
    text: 'candidates for each variable, without a working set',
    field: 'schedule.candidates',
  },
  {
    flag: '--rho <ρ>',
    text: 'correlation that keeps variables apart; 1: off',
    field: 'schedule.rho',
  },
  {
    flag: '--balance <rule>',
    text: 'equal blocks by work and speed (prefix, lpt) or by count',
    field: 'schedule.balance',
    values: 'text',
  },
  {
    flag: '--depth <s>',
    text: 'waves of leases ahead of the commits; 0: a barrier after each',
    field: 'schedule.depth',
  },
  {
    flag: '--sweeps <k>',
    text: 'sweeps of a lease at most; 1: single steps',
    field: 'schedule.sweeps',
  },
  { flag: '--no-guard', text: 'commit every delta as it comes', field: 'schedule.guard' },
  {
    flag: '--memory <k>',
    text: 'last steps the guarded commit may reuse',
    field: 'schedule.memory',
  },
  {
    flag: '--no-screening',
    text: 'keep variables that a gap proves to be zero',
    field: 'schedule.screening',
  },
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'schedule.leaseMs' },
]
