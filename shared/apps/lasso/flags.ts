/** The lasso's options, as people type them. A flag that is not given leaves its field to spec.ts. */
import type { Flag } from '../../app.ts'

export const flags: readonly Flag[] = [
  { flag: '--lambda <λ>', text: 'λ of 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁', field: 'lambda' },
  { flag: '--lambda-ratio <r>', text: 'λ as a share of λmax, 0 < r ≤ 1', field: 'lambdaRatio' },
  {
    flag: '--path <k>',
    text: 'k values of λ from λmax downwards, on glmnet’s grid',
    field: 'path',
  },
  { flag: '--cv <folds>', text: 'cross-validate λ along the path', field: 'cv' },
  {
    flag: '--tol <t>',
    text: 'end at a duality gap ≤ t · ½‖y − ȳ‖²/n (default: 1e-6)',
    field: 'tol',
  },
  { flag: '--no-standardize', text: 'take the columns in their own units', field: 'standardize' },
  { flag: '--no-intercept', text: 'no β₀', field: 'intercept' },
  { flag: '--no-priority', text: 'draw variables uniformly', field: 'schedule.priority' },
  { flag: '--power <1|2>', text: 'exponent of |δ| in the priority', field: 'schedule.power' },
  {
    flag: '--rho <ρ>',
    text: 'correlation that keeps variables apart; 1: off',
    field: 'schedule.rho',
  },
  { flag: '--no-guard', text: 'commit every delta as it comes', field: 'schedule.guard' },
  {
    flag: '--memory <k>',
    text: 'last steps the guarded commit may reuse',
    field: 'schedule.memory',
  },
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'schedule.leaseMs' },
]
