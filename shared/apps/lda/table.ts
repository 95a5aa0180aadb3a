/** Result files of a topic model: numbers as precise as they mean something. */
import type { Cell } from '../../csv.ts'

export type Row = Cell[]

/** Six significant digits: more is noise of the sampler. */
export const short = (x: number): number => Number(x.toPrecision(6))
