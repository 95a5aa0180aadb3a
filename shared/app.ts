/**
 * The contract between an app and everything else. The engine knows nothing of any app; it calls
 *
 *   open      once: spec + dataset → state
 *   schedule  a slot is free: which block now?
 *   push      (in the tab) block + shards → delta
 *   check     is this delta what an honest tab could have sent?
 *   pull      commit it to the model; the record goes to the log
 *   advance   after a pull: has the job moved on (next λ, finished)?
 *   replay    the inverse of "log": state + record → state, bit for bit
 *   snapshot  one record for all so far: what bounds a log, where an app has it
 *
 * Everything here is pure: no clock, socket or disk; chance comes from `random`, seeded by the job.
 * A state may be large and is mutated in place.
 */
import type { z } from 'zod'
import type { Passes } from './columns/passes.ts'
import type { DatasetKind, Manifest } from './dataset.ts'
import type { Random } from './random.ts'
import type { Shard } from './shard.ts'
import type { Arrays, ArrayType } from './wire.ts'

/** One named array of a lease or a delta; the order of a table is the order on the wire. */
export interface BufferSpec {
  readonly name: string
  readonly type: ArrayType
}

/** A dataset as an app sees it on the server. */
export interface Dataset {
  readonly manifest: Manifest
  /** y (rows; of examples: columns), or null. */
  readonly target: Float64Array | null
  /** The view of shard k; valid until eight other shards have been asked for. */
  shard(k: number): Shard
  /** Name of column j, for results. */
  columnName(j: number): string
  /** Name of row i (user, word, feature), for results. */
  rowName(i: number): string
  /** A blob of manifest.extras, copied; undefined when the dataset has none of that name. */
  extra(name: string): Uint8Array | undefined
  /** The host's own passes over whole shards, where it has faster ones than plain loops. */
  readonly passes?: Passes
  /** The app's kernel, where the host has one that gives the reference's bits, and is faster. */
  readonly push?: Push
}

/** One option of an app, as the command line and the launch form offer it. */
export interface Flag {
  /** As commander writes it: "--tol <t>", "--no-intercept" (sets its field to false), "--implicit". */
  readonly flag: string
  /** What it does, in a few words, with the default. */
  readonly text: string
  /** Place in the spec, dots for nesting. */
  readonly field: string
  /** Numbers unless said otherwise; flags without a value are booleans. */
  readonly values?: 'number' | 'text'
}

/** A free slot asks for work. */
export interface Offer {
  /** Work units (matrix entries read) this slot does per millisecond; measured, or a prior. */
  readonly workPerMs: number
  /** Round-trip time to the volunteer, milliseconds. */
  readonly rttMs: number
  /** Does the volunteer hold shard k already? */
  holds(k: number): boolean
  /** Slots that work on this job now, this one included. */
  readonly slots: number
  /**
   * Names the memory of the tab that asks, if it has one (kernel.ts): what it was sent or has computed
   * stays there, and leases may count on it. Another tab or a reload has another name.
   */
  readonly memory?: string
}

/** What a lease covers. `arrays` has exactly the fields of `app.buffers.lease`. */
export interface Block {
  readonly arrays: Arrays
  /** Indices of the shards the tab needs. */
  readonly shards: readonly number[]
  /** Expected matrix entries read: sizes deadlines and credit. */
  readonly work: number
  /** Whatever the app wants to remember until the delta comes back. */
  readonly memo: unknown
  /**
   * Any tab can compute it from the arrays alone: when all others wait for it, a second one may be given
   * it, too. `check`, `pull` and `release` see it once.
   */
  readonly repeatable?: boolean
}

/** Nothing to lease now, and why; `retry` says whether asking again later makes sense. */
export interface Idle {
  readonly idle: 'waiting-for-others' | 'finished'
}

/** The outcome of a pull: what to log and what to credit. */
export interface Pulled {
  /** Everything `replay` needs to repeat this commit exactly. */
  readonly record: Arrays
  /** Variables updated: the unit of credit. */
  readonly updates: number
  /** Matrix entries really read, where a push may end early; without it, the block's work. */
  readonly work?: number
}

/** A state transition that is not a delta (a λ certified, a sweep ended): logged like one. */
export interface Advanced {
  readonly record: Arrays
  /** One line for people: "λ 3/100 certified: gap 4.1e-7, 12 non-zeros". */
  readonly note: string
}

export interface Progress {
  /** What the job is doing, for people: "λ 12/100", "fold 3/10". */
  readonly phase: string
  /** 0 … 1 when known. */
  readonly fraction: number | null
  /** Named numbers that are plotted and logged: objective, gap, nnz, lambda, … */
  readonly values: Readonly<Record<string, number>>
}

export interface ResultFile {
  readonly name: string
  readonly mediaType: string
  readonly text: string
  /** What the file holds when it is no text (.npy); `text` is empty then. */
  readonly bytes?: Uint8Array
}

/** A plot for the page of an app that has none of its own. */
export interface PlotSpec {
  /** "Primal and dual". */
  readonly title: string
  /** Values of `Progress` to draw together, over time while the job runs … */
  readonly values: readonly string[]
  /** … and, when it has finished, columns of a CSV among the results, over another column of it. */
  readonly file?: string
  readonly over?: string
  readonly log?: boolean
}

export interface App<Spec, State> {
  readonly name: string
  /** "Lasso regression": for people. */
  readonly title: string
  /** One sentence a volunteer understands. */
  readonly purpose: string
  readonly spec: z.ZodType<Spec>
  /** What kind of dataset it computes on. */
  readonly dataset: DatasetKind
  /** Of ratings, the side whose shards its leases read; both where it does not say. */
  readonly side?: 'rows' | 'columns'
  /** One line of --help: "minimise …". */
  readonly summaryLine: string
  /** Every field of the spec that people set. */
  readonly flags: readonly Flag[]
  /** How its page draws a run; by default every value has a plot of its own. */
  readonly plots?: readonly PlotSpec[]
  readonly buffers: { readonly lease: readonly BufferSpec[]; readonly delta: readonly BufferSpec[] }
  /**
   * Workers always have their next lease at hand while they compute: what others commit meanwhile takes
   * nothing from it. Other apps' workers have one only where the way there and back is long.
   */
  readonly leasesAhead?: true
  /** @throws UserError when the spec does not fit the data. */
  open(spec: Spec, dataset: Dataset, random: Random): State
  schedule(state: State, offer: Offer): Block | Idle
  /** Null, or the reason for refusal. The fields and types of `delta` are already right. */
  check(state: State, block: Block, delta: Arrays): string | null
  /** Commit a checked delta and free its block. */
  pull(state: State, block: Block, delta: Arrays): Pulled
  /** The lease ended without a delta: its variables are free again. */
  release(state: State, block: Block): void
  /** Move on if the state allows; null when it does not. Called after every pull until null. */
  advance(state: State): Advanced | null
  /** Apply a record that `pull`, `advance` or `snapshot` returned. */
  replay(state: State, record: Arrays): void
  /**
   * A record that stands for all records so far: replayed on a state that was just opened, it leaves what
   * all of them would have left, bit for bit. Its arrays may be the state's own: they are written down
   * before anything else happens. Without it a job's log is kept whole, and replayed whole.
   */
  snapshot?(state: State): Arrays
  finished(state: State): boolean
  progress(state: State): Progress
  /** Numbers for summary.json and `--json` (finite, null or nested plain objects). */
  summary(state: State): Record<string, unknown>
  results(state: State): ResultFile[]
}

/** An app as a launch form needs it: GET /api/apps. */
export interface AppView
  extends Pick<
    AnyApp,
    'name' | 'title' | 'purpose' | 'dataset' | 'summaryLine' | 'flags' | 'plots'
  > {
  /** The spec where nothing is set; empty where something must be. */
  readonly defaults: Readonly<Record<string, unknown>>
}

/** The tab's half: one function per app and backend. `shards` are in the order of the lease. */
export type Push = (lease: Arrays, shards: readonly Shard[]) => Arrays

// biome-ignore lint/suspicious/noExplicitAny: the registry holds apps of every spec and state
export type AnyApp = App<any, any>
