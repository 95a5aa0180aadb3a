/** The options of a support vector machine, as people type them. A flag that is not given leaves its field to spec.ts. */
import type { Flag } from '../../app.ts'

export const flags: readonly Flag[] = [
  { flag: '--c <C>', text: 'C of ½‖w‖² + C Σ loss (default: 1)', field: 'c' },
  {
    flag: '--loss <name>',
    text: 'hinge, or squared for its square (default: hinge)',
    field: 'loss',
    values: 'text',
  },
  {
    flag: '--bias <b>',
    text: 'give every example one more feature of this value (default: 0, no bias)',
    field: 'bias',
  },
  {
    flag: '--tol <t>',
    text: 'end at a duality gap ≤ t · primal (default: 1e-4)',
    field: 'tol',
  },
  {
    flag: '--holdout <share>',
    text: 'share of the examples kept back to measure accuracy (default: 0)',
    field: 'holdout',
  },
  {
    flag: '--every <epochs>',
    text: 'look at primal and gap so often (default: when blocks are solved)',
    field: 'schedule.every',
  },
  { flag: '--no-priority', text: 'draw blocks uniformly', field: 'schedule.priority' },
  {
    flag: '--no-shrinking',
    text: 'sweep over examples that rest at a bound, too',
    field: 'schedule.shrinking',
  },
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'schedule.leaseMs' },
]
