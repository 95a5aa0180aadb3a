/** From a policy's name to the picker that follows it. */
import { unreachable } from '../errors.ts'
import type { Random } from '../random.ts'
import { Greedy, InOrder } from './plain.ts'
import type { Picker, Switches, Variables } from './policy.ts'
import { Sampled } from './sampled.ts'

/** Blocks of a rotation for every variable that is picked at once. */
export const ROTATION_BLOCKS = 4

export function openPicker(switches: Switches, variables: Variables, random: Random): Picker {
  const { policy } = switches
  const { count: d } = variables
  switch (policy) {
    case 'sap':
    case 'priority':
    case 'dependency':
    case 'random':
      return new Sampled(switches, variables, random)
    case 'greedy':
      return new Greedy(variables)
    case 'cyclic':
      return new InOrder(d, (k) => k % d)
    case 'static':
      return new InOrder(d, (k, parts) => stepOfBlock(d, parts, k % parts, Math.floor(k / parts)))
    case 'rotation':
      return new InOrder(d, (k, parts) => {
        const turn = Math.floor(k / parts)
        const block = (k % parts) * ROTATION_BLOCKS + (turn % ROTATION_BLOCKS)
        return stepOfBlock(d, ROTATION_BLOCKS * parts, block, Math.floor(turn / ROTATION_BLOCKS))
      })
    default:
      return unreachable(policy)
  }
}

/** The variable that block b of `blocks` has come to after `turn` turns. */
function stepOfBlock(variables: number, blocks: number, b: number, turn: number): number {
  const first = Math.floor((b * variables) / blocks)
  const end = Math.max(first + 1, Math.floor(((b + 1) * variables) / blocks))
  return (first + (turn % (end - first))) % variables
}
