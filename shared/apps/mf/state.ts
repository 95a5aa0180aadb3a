/** The state of a matrix factorisation: two sides, the sweeps so far, what is in flight. */
import type { Block, Dataset } from '../../app.ts'
import type { TestSet } from '../../factors/model.ts'
import type { Recommending } from '../../factors/recommend.ts'
import type { Random } from '../../random.ts'
import type { Ridge } from './lease.ts'
import type { Side } from './sides.ts'
import type { MfSpec } from './spec.ts'

/** The model after a sweep. */
export interface Point {
  readonly sweep: number
  readonly objective: number
  /** 0 … of the objective when the users were done and the items not yet. */
  readonly halfObjective: number
  readonly trainRmse: number
  /** On the ratings set apart for deciding when to stop; NaN without any. */
  readonly validRmse: number
  /** NaN without a test set. */
  readonly testRmse: number
  readonly testMae: number
}

/** Rows that were solved for the next sweep while this one was not over (pull.ts). */
export interface Ahead {
  readonly index: Uint32Array
  readonly rows: Float32Array
  readonly bias: Float32Array
  readonly loss: Float64Array
}

/** A copy of the model, for early stopping. */
export interface Best {
  readonly sweep: number
  readonly validRmse: number
  readonly users: { factors: Float32Array; bias: Float32Array }
  readonly items: { factors: Float32Array; bias: Float32Array }
}

/** What is in the memory of one tab (known.ts). */
export interface Known {
  readonly memory: string
  /** (count) of each row, 1 + its version mod 255; 0: not there. */
  readonly users: Uint8Array
  readonly items: Uint8Array
  /** The sweep in which it was opened. */
  readonly since: number
  rows: number
  /** No lease has gone out on it: the first one says "forget". */
  isNew: boolean
  /** The Gram matrix that is there (implicit). */
  gram: Float64Array | null
}

export interface MfState {
  readonly spec: MfSpec
  readonly dataset: Dataset
  readonly random: Random
  readonly ratings: number
  readonly mean: number
  /** The lowest and the highest rating: no prediction that people see lies beyond. */
  readonly scale: readonly [number, number]
  readonly lambda: number
  /** λ of each side's rows. */
  readonly ridges: Readonly<Record<Side['name'], Ridge>>
  /** √(λ / λ on the biases), an f32. */
  readonly biasScale: number
  readonly users: Side
  readonly items: Side
  readonly test: TestSet | null
  readonly validation: TestSet | null
  readonly stopsEarly: boolean
  /** Completed sweeps. */
  readonly points: Point[]
  ahead: Ahead[]
  aheadWork: number
  /** What the items' penalty was when the last sweep ended. */
  itemPenalty: number
  /** Objective after the users of the current sweep; null while they are not done. */
  half: number | null
  readonly flight: Set<Block>
  /** By the name of the memory. */
  readonly known: Map<string, Known>
  /** Zeros, one a row of the longer side: leases mark the rows they touch here. */
  readonly scratch: Uint8Array
  /** Times that there was nothing to lease since the last delta. */
  idleAsks: number
  /** Gram matrix of a side's factors at a version, kept for implicit leases. */
  gram: { side: Side; sweep: number; values: Float64Array } | null
  best: Best | null
  finished: boolean
  /** Extra sweeps because the tabs' losses did not add up. */
  doubts: number
  /** The objective from the server's own data at the end. */
  exactObjective: number
  recommended: Recommending['recommended']
}
