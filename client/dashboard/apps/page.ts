/**
 * What the dashboard shows of an app: a line, some numbers, curves, results.
 *
 * An app without a page of its own has generic.tsx, which goes by the names the app gives; so a new
 * app needs no change here.
 */
import type { JSX } from 'preact'
import type { JobView, RunLine } from '../../../shared/protocol.ts'
import type { Figure } from '../parts/Figures.tsx'

/** The result files a page reads, as far as they have come. */
export type ResultTexts = Readonly<Record<string, ResultText>>

export interface ResultText {
  readonly text: string
  /** Only the beginning was fetched. */
  readonly isCut: boolean
}

export interface JobPage {
  /** What the spec asks, in a few words: "λ = 0.1 λmax". */
  line(spec: JobView['spec']): string
  /** More of it, for the head of the job. */
  details(spec: JobView['spec']): string[]
  /** Three numbers for the list of jobs. */
  brief(job: JobView): Figure[]
  /** The state of the job at a glance; the running time is added to it. */
  figures(job: JobView): Figure[]
  /** Plots of the run. */
  Curves(props: { job: JobView; lines: readonly RunLine[] }): JSX.Element
  /** Result files to fetch for Results. */
  readonly reads: readonly string[]
  Results(props: { job: JobView; texts: ResultTexts }): JSX.Element | null
}
