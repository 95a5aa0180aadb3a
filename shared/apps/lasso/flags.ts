/** The lasso's options, as people type them. A flag that is not given leaves its field to spec.ts. */
import type { Flag } from '../../app.ts'
import { columnFlags, penaltyFlags, scheduleFlags } from '../../linear/flags.ts'

export const flags: readonly Flag[] = [
  ...penaltyFlags('1/(2n)‖y − β₀ − Xβ‖²'),
  {
    flag: '--tol <t>',
    text: 'end at a duality gap ≤ t · ½‖y − ȳ‖²/n (default: 1e-6)',
    field: 'tol',
  },
  ...columnFlags,
  ...scheduleFlags,
]
