/** What one case has come to, and all of them on disk, so that a long bench can go on where it stopped. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Case } from './case.ts'
import type { OurRun } from './ours.ts'
import type { PeerRun } from './peers.ts'

export interface PeerResult {
  readonly name: string
  readonly runs: readonly PeerRun[]
  /** Why there are no runs, or no more. */
  readonly failed: string | null
}

export interface OurResult {
  readonly workers: number
  readonly runs: readonly OurRun[]
  readonly failed: string | null
}

export interface Comparison {
  readonly case: Case
  /** From few workers to many. */
  readonly ours: readonly OurResult[]
  readonly peers: readonly PeerResult[]
  /** Processes that wanted a core, a minute's mean, before and after. */
  readonly load: readonly [number, number]
  /** What all of it took. */
  readonly seconds: number
}

export function saveResults(path: string, results: readonly Comparison[]): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`)
}

/** What saveResults has written; nothing if there is no such file. */
export function loadResults(path: string): Comparison[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Comparison[]) : []
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  // Two infinities have no difference, but a median.
  if (sorted.length % 2 === 1 || sorted[middle - 1] === sorted[middle]) return sorted[middle]!
  return (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const medianOf = <T>(runs: readonly T[], of: (run: T) => number | null): number =>
  median(runs.flatMap((run) => of(run) ?? []))

/** Shoal with the most workers: what ratios are made with. */
export const mostWorkers = ({ ours }: Comparison): OurResult =>
  ours.reduce((most, each) => (each.workers > most.workers ? each : most))

export const namesOf = ({ case: { app, set, setting } }: Comparison): string[] => [
  app,
  set,
  setting,
]

export const programOf = (workers: number): string =>
  `Shoal, ${workers} worker${workers === 1 ? '' : 's'}`
