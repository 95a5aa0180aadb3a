/**
 * Schedules by name. A picker answers "which variables now?" and hears how much each has moved.
 *
 *   sap         importance, then the dependency filter: STRADS' structure-aware parallelism
 *   priority    importance alone
 *   dependency  uniform draws, then the filter
 *   random      uniform draws alone (Shotgun; STRADS calls it Lasso-RR)
 *   greedy      the largest steps of all (needs every gradient)
 *   cyclic      the next ones in order
 *   static      contiguous blocks, one variable of each, in step
 *   rotation    the same with four times as many blocks, taken in turn
 *
 * Whatever is picked is in flight until it is settled or released, and is not picked again before.
 */
import { unreachable } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Filter } from './dependency.ts'
import { Greedy, InOrder } from './plain.ts'
import { Sampled } from './sampled.ts'

export const POLICIES = [
  'sap',
  'priority',
  'dependency',
  'random',
  'greedy',
  'cyclic',
  'static',
  'rotation',
] as const
export type Policy = (typeof POLICIES)[number]

/** Every part of the dynamic schedule can be switched; a policy's name switches the rest off. */
export interface Switches {
  readonly policy: Policy
  readonly power: 1 | 2
  readonly eta: number | 'adaptive'
  /** Epochs drawn uniformly at first. */
  readonly warmup: number
  /** P′/P: candidates drawn for each variable wanted. */
  readonly candidates: number
  /** Correlation from which two variables are kept apart; 1: off. */
  readonly rho: number
}

/** What a picker must know of the variables. */
export interface Variables {
  readonly count: number
  /** A filter that keeps apart what correlates by ρ or more. */
  readonly filter: (rho: number) => Filter
  /** What j would change by now: for greedy. */
  readonly step: (j: number) => number
  /** Check candidates against each other too? Not where a block is updated one after the other. */
  readonly within: boolean
}

export interface Picker {
  /** At most `count` distinct variables that nobody holds, in the order they were taken. */
  next(count: number): Uint32Array
  /** They have moved by `change` and are free. */
  settled(index: ArrayLike<number>, change: ArrayLike<number>): void
  /** Nothing came back; they are free. */
  released(index: ArrayLike<number>): void
  /** Never again. */
  retire(j: number): void
}

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
