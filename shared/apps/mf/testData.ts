/** A driver that plays the grid, for the tests of matrix factorisation. */
import type { Dataset } from '../../app.ts'
import { type DriveOptions, type Driven as OfAnyApp, play } from '../../factors/testDrive.ts'
import { mf } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { MfState } from './state.ts'

export type Driven = OfAnyApp<MfState>

/** Play a job to its end: `slots` leases in flight, answered in random order. */
export const drive = (
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: DriveOptions<MfState> = {},
): Driven => play({ app: mf, push, openMemory }, dataset, spec, options)
