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
import type { Filter } from './dependency.ts'

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
