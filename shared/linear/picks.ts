/** Schedules without a working set: blocks of all variables, as STRADS and its baselines draw them. */
import type { Offer } from '../app.ts'
import type { Random } from '../random.ts'
import type { Filter } from '../schedule/dependency.ts'
import { FixedBlocks } from '../schedule/fixedBlocks.ts'
import { openPicker, ROTATION_BLOCKS } from '../schedule/openPicker.ts'
import type { Picker } from '../schedule/policy.ts'
import type { Tuning } from './hot.ts'
import { isLeased, isScreened } from './marks.ts'
import { stepOf, type Track } from './track.ts'

/** Sweeps that a block is sized for where the spec does not say. */
const SWEEPS = 10

export function openPicks(
  track: Track,
  { schedule }: Tuning,
  filter: Filter,
  slots: number,
  random: Random,
): Picker {
  const { policy, balance, priority } = schedule
  const { design } = track
  const fixed = policy === 'static' ? slots : policy === 'rotation' ? ROTATION_BLOCKS * slots : 0
  const picker =
    fixed > 0
      ? new FixedBlocks(design.work, Math.min(fixed, design.columns), balance)
      : openPicker(
          {
            ...schedule,
            policy: policy === 'sap' && !priority ? 'dependency' : policy,
          },
          {
            count: design.columns,
            filter: () => filter,
            step: (j) => stepOf(track, j),
            within: false,
          },
          random,
        )
  for (let j = 0; j < design.columns; j++) if (design.norm2[j] === 0) picker.retire(j)
  return picker
}

/** Variables for one lease: as many as can be swept in the time, and no more than a slot's share. */
export function pick(
  track: Track,
  offer: Offer,
  targetWork: number,
  tuning: Tuning,
  picker: Picker,
): Uint32Array {
  const { design, beta } = track
  const meanWork = design.totalWork / design.columns
  const sweeps = tuning.schedule.sweeps ?? SWEEPS
  const fair = Math.ceil(design.columns / offer.slots)
  const count = Math.max(1, Math.min(fair, Math.round(targetWork / (sweeps * meanWork))))
  // Screened variables are found out when they are picked; each is met once.
  for (;;) {
    const index = picker.next(count)
    const dead = index.filter((j) => isScreened(track, j) && beta[j] === 0)
    // What was leased at the last λ and has not come back is unknown to this λ's picker.
    const isBusy = index.some((j) => isLeased(track, j))
    if (dead.length === 0 && !isBusy) return index.slice().sort()
    picker.released(index)
    for (const j of dead) picker.retire(j)
    if (isBusy) return new Uint32Array(0)
  }
}
