/**
 * Everything that crosses the network, with a version. Types are derived from the zod schemas that
 * parse every untrusted shape once, at the edge.
 *
 * Control plane: socket.io, events below; leases and deltas are frames (wire.ts), one packed buffer
 * a message. Bulk bytes: HTTP GET /shards/<sha256>, immutable. Owners: HTTP under /api with a
 * bearer token, plus the socket.io namespace /owner for live updates.
 */
import { z } from 'zod'
import { hashSchema, type Manifest } from './dataset.ts'
import type { JobCounters } from './jobCounters.ts'

export type { JobCounters } from './jobCounters.ts'

/** Raise on any incompatible change; a mismatch tells people which side to update. */
export const PROTOCOL_VERSION = 1

// ---------------------------------------------------------------- volunteer → server

export const helloSchema = z.object({
  protocol: z.number().int(),
  /** A random secret of this tab (sessionStorage), so that a reconnect is the same volunteer. */
  volunteer: z.string().regex(/^[\w-]{16,64}$/),
  /** Leases this tab can compute at once; 0 while stopped or paused. */
  workers: z.number().int().min(0).max(256),
  /** Share of time a worker computes, percent. */
  duty: z.number().min(1).max(100),
  backend: z.enum(['reference', 'wasm', 'webgpu']),
  /** "Chromium 156, Linux": for the owner's fleet table. */
  agent: z.string().max(200),
  /** Shards already in the cache. */
  cached: z.array(hashSchema).max(10_000),
  /** A random name of what this page remembers of its jobs, if it does (apps/kernel.ts). */
  memory: z
    .string()
    .regex(/^[\w-]{16,64}$/)
    .optional(),
})
export type Hello = z.infer<typeof helloSchema>

/** The tab's capacity has changed: Start, Stop, pause, slider. */
export const readySchema = z.object({
  workers: z.number().int().min(0).max(256),
  duty: z.number().min(1).max(100),
  /** Why there are no workers, when there are none: shown to the owner. */
  paused: z.enum(['stopped', 'battery', 'hidden', 'busy', 'user']).nullable(),
})
export type Ready = z.infer<typeof readySchema>

/** Head of a delta frame; the arrays are the app's `buffers.delta`. */
export const settledHeadSchema = z.object({
  lease: z.number().int().positive(),
  /** Kernel time, milliseconds. */
  computeMs: z.number().min(0).max(3.6e6),
  /** Time in the tab, milliseconds, from the lease's arrival: shards, queue, kernel. */
  heldMs: z.number().min(0).max(3.6e6).optional(),
  backend: z.enum(['reference', 'wasm', 'webgpu']),
})
export type SettledHead = z.infer<typeof settledHeadSchema>

/** The tab gives a lease back without a delta. */
export const failedSchema = z.object({
  lease: z.number().int().positive(),
  reason: z.enum(['stopped', 'hidden', 'shard-unavailable', 'kernel-error', 'unknown-app']),
  detail: z.string().max(500),
})
export type Failed = z.infer<typeof failedSchema>

// ---------------------------------------------------------------- server → volunteer

/** Head of a lease frame; the arrays are the app's `buffers.lease`. */
export const leaseHeadSchema = z.object({
  /** Fencing token: unique for ever within a data directory, also across restarts. */
  lease: z.number().int().positive(),
  job: z.string(),
  app: z.string(),
  shards: z.array(z.object({ hash: hashSchema, bytes: z.number().int().positive() })),
  /** Time left when sent; after it the lease is someone else's. */
  deadlineMs: z.number().positive(),
})
export type LeaseHead = z.infer<typeof leaseHeadSchema>

/** Shards that leases of a job will soon need: the tab may fetch them now, or not. */
export const aheadSchema = z.object({
  app: z.string(),
  shards: leaseHeadSchema.shape.shards,
})
export type Ahead = z.infer<typeof aheadSchema>

export const REFUSALS = [
  'unknown-lease', //   never granted, already settled, or granted before a restart
  'expired', //         the deadline passed; the block was given to someone else
  'revoked', //         the job was paused, cancelled or finished, or another tab has computed the block
  'not-yours', //       another volunteer holds it
  'malformed', //       not a frame, or not the fields and types of the app
  'wrong-shape', //     an array of the wrong length
  'not-finite', //      NaN or infinity
  'wrong-values', //    failed the app's check (Freivalds)
  'quarantined', //     too many wrong answers from this tab
] as const
export type Refusal = (typeof REFUSALS)[number]

/** Answer to a delta, sent only after the commit is durable. */
export type Verdict =
  | { accepted: true; updates: number }
  | { accepted: false; reason: Refusal; detail: string }

/** Why a tab has no work, always with what happens next. */
export const NOTICES = [
  'no-jobs', //            nothing to compute at present
  'waiting-for-others', // what is left is being computed by others
  'jobs-paused', //        the owner has paused every job
  'quarantined', //        wrong answers; retries after retryMs
  'server-full', //        too many volunteers
] as const
export interface Notice {
  reason: (typeof NOTICES)[number]
  text: string
  retryMs: number | null
}

/** What a volunteer computes for whom. */
export interface JobCard {
  job: string
  name: string
  app: string
  title: string
  purpose: string
  phase: string
  fraction: number | null
  datasetBytes: number
}

export type Welcome =
  | { ok: true; protocol: number; server: string; name: string; jobs: JobCard[] }
  | { ok: false; protocol: number; error: string }

export interface ClientToServer {
  hello: (hello: Hello, answer: (welcome: Welcome) => void) => void
  ready: (ready: Ready) => void
  /** A delta frame. The answer comes when the commit is durable; resend after a reconnect. */
  settled: (frame: ArrayBuffer, answer: (verdict: Verdict) => void) => void
  failed: (failed: Failed) => void
  /** Shards the cache has dropped. */
  dropped: (hashes: string[]) => void
}

export interface ServerToClient {
  lease: (frame: ArrayBuffer) => void
  ahead: (ahead: Ahead) => void
  revoke: (message: { lease: number; reason: Refusal }) => void
  notice: (notice: Notice) => void
  jobs: (jobs: JobCard[]) => void
  /** Verified totals of this volunteer since it first joined. */
  credit: (credit: { updates: number; leases: number; pending: number }) => void
}

// ---------------------------------------------------------------- owner API (HTTP, bearer token)

export const JOB_STATUSES = ['running', 'paused', 'finished', 'cancelled', 'failed'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

export const submitSchema = z.strictObject({
  app: z.string().min(1).max(40),
  /** Name or id. */
  dataset: z.string().min(1).max(100),
  name: z.string().min(1).max(100).optional(),
  /** Shown to volunteers: who asks, and why. */
  purpose: z.string().max(300).optional(),
  seed: z.number().int().min(0).max(0xffffffff).optional(),
  /** Parsed by the app's own schema, which has the defaults. */
  spec: z.record(z.string(), z.unknown()).default({}),
})
export type Submit = z.infer<typeof submitSchema>

export interface JobView {
  id: string
  name: string
  app: string
  title: string
  dataset: { id: string; name: string; rows: number; columns: number }
  /** As the app's schema parsed it, defaults filled in. */
  spec: Record<string, unknown>
  seed: number
  status: JobStatus
  /** One sentence when status is failed. */
  error: string | null
  createdMs: number
  /** When its engine had read the data, for the first time: it runs from then on. */
  openedMs?: number
  finishedMs: number | null
  /** Time the job was running, milliseconds. */
  runningMs: number
  phase: string
  fraction: number | null
  /** The app's named numbers: objective, gap, nnz, lambda, … */
  values: Record<string, number>
  counters: JobCounters
  /** The app's own summary once finished. */
  summary: Record<string, unknown> | null
  /** Names of result files, once finished. */
  results: string[]
}

/** One line of run.jsonl: how far a job was at a moment (server/io/engine/linePace.ts: at which). */
export interface RunLine {
  /** Running time, milliseconds. */
  atMs: number
  phase: string
  values: Record<string, number>
  leases: number
  deltas: number
  bytesDown: number
  bytesUp: number
  slots: number
}

export interface VolunteerView {
  /** Short public id, not the secret. */
  id: string
  agent: string
  backend: string
  workers: number
  duty: number
  state: 'working' | 'idle' | 'paused' | 'quarantined'
  /** Why it is not working. */
  reason: string | null
  joinedMs: number
  rttMs: number | null
  leasesInFlight: number
  deltas: number
  refused: number
  updates: number
  computeMs: number
  bytesDown: number
  bytesUp: number
  cachedShards: number
}

export interface DatasetView {
  manifest: Manifest
  createdMs: number
}

export interface FleetView {
  volunteers: VolunteerView[]
  /** Shard bytes served since the server started. */
  shardBytesServed: number
  /** "N of M": how many volunteers there are when the list is cut. */
  total: number
}

export interface ApiError {
  error: string
}

/** Live updates, namespace /owner, at most 4 a second. */
export interface OwnerToClient {
  job: (job: JobView) => void
  run: (message: { job: string; lines: RunLine[] }) => void
  fleet: (fleet: FleetView) => void
}

/**
 * The routes, for both sides. All answer JSON; errors are ApiError with status 400, 401, 404, 409,
 * 413 or 429.
 *
 *   GET    /api/health                       → { ok, version, protocol }           (open)
 *   GET    /api/urls                         → { volunteer: string[], dashboard: string[], secure }  (token)
 *   GET    /shards/:hash                     → bytes, immutable                     (open)
 *   GET    /api/datasets                     → DatasetView[]
 *   POST   /api/datasets?filename&name&target&impute&targetUpload   body: the raw file → DatasetView
 *            filename names the format; target is a column name; impute=mean fills missing values;
 *            all but filename may be absent. No multipart: y from a second file is sent before it by
 *   POST   /api/datasets/target?filename  body: the raw file with y → { upload: string }
 *            and named as targetUpload=<upload>, once; the server forgets it after an hour.
 *            kind is matrix (by default), examples, ratings or corpus. Ratings take test ratings, sent
 *            first likewise, as testUpload=<upload> or a share of them as holdout=<share>, and
 *            validation=<share>, both drawn with seed; corpora take the file with the words as
 *            vocabUpload=<upload>, corpusFormat, minDocumentFrequency, minWordLength and stopWords.
 *   DELETE /api/datasets/:id                 → {} (409 while a job that runs or is paused uses it)
 *   GET    /api/apps                         → AppView[] (app.ts)
 *   GET    /api/jobs                         → JobView[], newest first
 *   POST   /api/jobs          Submit         → JobView
 *   GET    /api/jobs/:id                     → JobView
 *   GET    /api/jobs/:id/run?max=500         → RunLine[], down-sampled to at most `max`, oldest and
 *            newest kept; the header X-Total-Count says how many there are in all
 *   POST   /api/jobs/:id/{pause,resume,cancel} → JobView
 *   GET    /api/jobs/:id/results/:name       → the file
 *   GET    /api/fleet                        → FleetView
 *   GET    /metrics                          → Prometheus text                      (token)
 *
 * Socket.io, namespace /owner, auth { token }: on connect 'job' for each job and 'fleet'; then each
 * as it changes, and 'run' with the lines since the last one. A wrong token is a connect_error.
 */
export const API = '/api'
