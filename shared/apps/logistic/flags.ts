/** The options of logistic regression, as people type them. A flag that is not given leaves its field to spec.ts. */
import type { Flag } from '../../app.ts'
import { columnFlags, penaltyFlags, scheduleFlags } from '../../linear/flags.ts'

export const flags: readonly Flag[] = [
  ...penaltyFlags('1/W Σ w log(1 + exp(−y f)), y = ±1, W = Σw,'),
  {
    flag: '--class-weight <rule>',
    text: 'weights of the two classes: balanced, or a,b (default: 1,1)',
    field: 'classWeight',
    values: 'text',
  },
  {
    flag: '--tol <t>',
    text: 'end at a duality gap ≤ t · (loss of the best constant fit) (default: 1e-6)',
    field: 'tol',
  },
  ...columnFlags,
  ...scheduleFlags,
]
