/**
 * Between volunteers and engines: feeds the fleet, which decides who is offered what, carries its
 * offers to engines, and their answers back to tabs. It moves bytes and keeps count; it decides
 * nothing about a model.
 *
 * A delta in flight. `settled` parses the frame's head and finds the engine by the lease's epoch
 * (its high part): an engine that is gone means the job is over or the server was restarted. The
 * verdict is given when the engine says `accepted` (durable by then) or `refused`. A tab that
 * sends a delta again while the first is being committed gets the same verdict for both.
 */
import { createHash } from 'node:crypto'
import type { AnyApp } from '../../shared/app.ts'
import {
  type Failed,
  type Hello,
  type JobCard,
  PROTOCOL_VERSION,
  type Ready,
  type Refusal,
  settledHeadSchema,
  type Verdict,
  type VolunteerView,
  type Welcome,
} from '../../shared/protocol.ts'
import { decodeFrame, WireError } from '../../shared/wire.ts'
import {
  type Fleet,
  type FleetEvent,
  members,
  openFleet,
  quarantinedUntilMs,
  stepFleet,
} from '../core/fleet.ts'
import type { FromEngine } from './engineMessages.ts'
import type { Jobs } from './jobs.ts'
import type { Log } from './log.ts'
import { type FleetTable, type Peer, Roster, type Volunteer } from './roster.ts'
import type { JobRecord } from './store.ts'
import { VERSION } from './version.ts'

export interface GatewayOptions {
  jobs: Jobs
  apps: Readonly<Record<string, AnyApp>>
  log: Log
  /** Monotonic. */
  nowMs: () => number
  volunteersMax: number
  /** To everyone who has said hello. */
  broadcast: (cards: JobCard[]) => void
}

type Answer = (verdict: Verdict) => void
/** Without the time, which every event gets on its way. */
type Timeless<T> = T extends unknown ? Omit<T, 'nowMs'> : never

const EPOCH = 2 ** 32
const TICK_MS = 100
const CARDS_MS = 2000
/** Unanswered bytes of one volunteer: more than two of the largest deltas in flight is abuse. */
const UNANSWERED_BYTES_MAX = 128 << 20

/** The public id of a volunteer, shown to owners and kept in logs: its secret stays its own. */
export const publicId = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 12)

export class Gateway {
  readonly #options: GatewayOptions
  readonly #fleet: Fleet = openFleet()
  readonly #roster = new Roster()
  /** By volunteer and lease: who waits for the verdict. */
  readonly #pending = new Map<string, { job: string; bytes: number; answers: Answer[] }>()
  /** Epochs of engines that are gone: their leases are revoked, not unknown. */
  readonly #pastEpochs = new Set<number>()
  readonly #statuses = new Map<string, JobRecord['status']>()
  readonly #epochs = new Map<string, number>()
  /** Hash → the job that asked for this shard last: who its bytes are counted for. */
  readonly #shardJobs = new Map<string, string>()
  readonly #timers: NodeJS.Timeout[]
  #cards = '[]'

  constructor(options: GatewayOptions) {
    this.#options = options
    options.jobs.on('engine', (job, message) => this.#fromEngine(job, message))
    options.jobs.on('stopped', (job) => this.#stopped(job))
    this.#timers = [
      setInterval(() => this.#step({ type: 'tick' }), TICK_MS),
      setInterval(() => this.#sendCards(), CARDS_MS),
    ]
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  // ---------------------------------------------------------------- from volunteers

  hello(hello: Hello, peer: Peer, rttMs: number | null): Welcome & { volunteer?: Volunteer } {
    const id = publicId(hello.volunteer)
    const before = this.#roster.get(id)
    if (!before && this.#roster.size >= this.#options.volunteersMax) {
      const text = 'The server has all the volunteers it can take; this tab will ask again.'
      peer.notice({ reason: 'server-full', text, retryMs: 60_000 })
      return { ok: false, protocol: PROTOCOL_VERSION, error: text }
    }
    const volunteer = this.#roster.join(id, hello, peer)
    if (before && before.peer !== peer) before.peer.close()
    const { workers, cached } = hello
    this.#step({ type: 'joined', volunteer: id, workers, cached, rttMs })
    const jobs = this.cards()
    const welcome = { ok: true, protocol: PROTOCOL_VERSION, server: `shoal ${VERSION}` } as const
    peer.credit(volunteer.totals.credit)
    return { ...welcome, name: id, jobs, volunteer }
  }

  measured(volunteer: Volunteer, rttMs: number): void {
    this.#step({ type: 'measured', volunteer: volunteer.id, rttMs })
  }

  ready(volunteer: Volunteer, ready: Ready): void {
    volunteer.duty = ready.duty
    volunteer.paused = ready.paused
    this.#step({ type: 'ready', volunteer: volunteer.id, workers: ready.workers })
  }

  dropped(volunteer: Volunteer, hashes: string[]): void {
    this.#step({ type: 'dropped', volunteer: volunteer.id, hashes })
  }

  failed(volunteer: Volunteer, { lease, reason, detail }: Failed): void {
    const job = this.#options.jobs.jobOfEpoch(Math.floor(lease / EPOCH))
    this.#options.log.debug({ volunteer: volunteer.id, lease, reason, detail }, 'lease given back')
    if (job)
      this.#options.jobs.send(job, { type: 'failed', volunteer: volunteer.id, lease, reason })
  }

  settled(volunteer: Volunteer, frame: Uint8Array<ArrayBuffer>, answer: Answer): void {
    const { jobs, nowMs } = this.#options
    volunteer.totals.bytesUp += frame.byteLength
    const quarantined = quarantinedUntilMs(this.#fleet, volunteer.id, nowMs()) !== null
    const head = quarantined ? 'too many wrong answers came from this tab' : readHead(frame)
    if (typeof head === 'string') {
      this.#refuse(volunteer, answer, quarantined ? 'quarantined' : 'malformed', head)
      return
    }
    const epoch = Math.floor(head.lease / EPOCH)
    const job = jobs.jobOfEpoch(epoch)
    if (!job) {
      const isOver = this.#pastEpochs.has(epoch)
      const detail = isOver ? 'the job is over' : 'the lease was granted before a restart'
      this.#refuse(volunteer, answer, isOver ? 'revoked' : 'unknown-lease', detail)
      return
    }
    const key = `${volunteer.id}/${head.lease}`
    const pending = this.#pending.get(key)
    if (pending) {
      pending.answers.push(answer)
      return
    }
    const bytes = frame.byteLength
    if (volunteer.unansweredBytes + bytes > UNANSWERED_BYTES_MAX) {
      this.#options.log.warn({ volunteer: volunteer.id }, 'too many unanswered bytes: closed')
      volunteer.peer.close()
      return
    }
    volunteer.unansweredBytes += bytes
    this.#pending.set(key, { job, bytes, answers: [answer] })
    this.#sendCredit(volunteer, { pending: 1 })
    const { lease, computeMs } = head
    jobs.send(job, { type: 'settled', volunteer: volunteer.id, lease, computeMs, frame })
  }

  /** The connection of `peer` is gone; a newer one of the same volunteer may be there already. */
  left(volunteer: Volunteer, peer: Peer): void {
    if (!this.#roster.leave(volunteer.id, peer)) return
    this.#step({ type: 'left', volunteer: volunteer.id })
    this.#options.jobs.sendAll({ type: 'left', volunteer: volunteer.id })
  }

  // ---------------------------------------------------------------- from engines

  #fromEngine(job: string, message: FromEngine): void {
    switch (message.type) {
      case 'opened':
        this.#opened(job, message)
        break
      case 'granted':
        this.#granted(job, message)
        break
      case 'declined':
        this.#step({ type: 'declined', job, volunteer: message.volunteer })
        break
      case 'ended': {
        const { volunteer, outcome, computeMs } = message
        if (outcome === 'accepted') this.#roster.totals(volunteer).computeMs += computeMs ?? 0
        this.#step({ ...message, job })
        break
      }
      case 'accepted': {
        const { volunteer, lease, updates } = message
        const { credit } = this.#roster.totals(volunteer)
        credit.updates += updates
        credit.leases++
        this.#answer(volunteer, lease, { accepted: true, updates })
        break
      }
      case 'refused': {
        const { volunteer, lease, reason, detail } = message
        this.#answer(volunteer, lease, { accepted: false, reason, detail })
        this.#step({ type: 'refused', volunteer, reason })
        break
      }
      case 'revoked': {
        const { volunteer, lease, reason } = message
        this.#roster.get(volunteer)?.peer.revoke({ lease, reason })
        break
      }
      case 'record':
        this.#recordChanged(message.record)
        break
      case 'lines':
      case 'crashed':
      case 'stopped':
        // Jobs acts on these; what matters here follows as its event `stopped`.
        break
    }
  }

  #opened(job: string, { epoch, shards, record }: Extract<FromEngine, { type: 'opened' }>): void {
    this.#epochs.set(job, epoch)
    this.#statuses.set(job, 'running')
    this.#step({ type: 'started', job, shards })
    this.#recordChanged(record)
    this.#sendCards()
  }

  #granted(job: string, message: Extract<FromEngine, { type: 'granted' }>): void {
    const { volunteer, lease, shards, hashes, frame } = message
    this.#step({ type: 'granted', job, volunteer, lease, shards })
    for (const hash of hashes) this.#shardJobs.set(hash, job)
    const known = this.#roster.get(volunteer)
    // Whoever has just gone: `left` is on its way to the engine, behind this grant.
    if (!known) return
    known.totals.bytesDown += frame.byteLength
    known.peer.lease(frame)
  }

  #recordChanged(record: JobRecord): void {
    const { id, status } = record
    const before = this.#statuses.get(id)
    if (before === status) return
    this.#statuses.set(id, status)
    if (status === 'paused') this.#step({ type: 'paused', job: id })
    else if (status === 'running') this.#step({ type: 'resumed', job: id })
    this.#sendCards()
  }

  #stopped(job: string): void {
    this.#pastEpochs.add(this.#epochs.get(job) ?? 0)
    this.#epochs.delete(job)
    this.#statuses.delete(job)
    for (const [hash, owner] of this.#shardJobs) if (owner === job) this.#shardJobs.delete(hash)
    const detail = 'the job is over'
    for (const [key, pending] of this.#pending)
      if (pending.job === job) {
        const [volunteer = '', lease] = key.split('/')
        this.#answer(volunteer, Number(lease), { accepted: false, reason: 'revoked', detail })
      }
    this.#step({ type: 'stopped', job })
    this.#sendCards()
  }

  // ---------------------------------------------------------------- the fleet's effects

  #step(event: Timeless<FleetEvent>): void {
    const { jobs, nowMs } = this.#options
    for (const effect of stepFleet(this.#fleet, { ...event, nowMs: nowMs() } as FleetEvent)) {
      if (effect.type === 'offer') {
        const { job, volunteer, rttMs, slots, holds } = effect
        jobs.send(job, { type: 'offered', volunteer, rttMs, slots, holds })
      } else if (effect.type === 'notice')
        this.#roster.get(effect.volunteer)?.peer.notice(effect.notice)
      else jobs.sendAll({ type: 'left', volunteer: effect.volunteer })
    }
  }

  // ---------------------------------------------------------------- answers

  #refuse(volunteer: Volunteer, answer: Answer, reason: Refusal, detail: string): void {
    answer({ accepted: false, reason, detail })
    volunteer.totals.refused++
    this.#step({ type: 'refused', volunteer: volunteer.id, reason })
  }

  #answer(id: string, lease: number, verdict: Verdict): void {
    const key = `${id}/${lease}`
    const pending = this.#pending.get(key)
    if (!verdict.accepted) this.#roster.totals(id).refused++
    if (!pending) return
    this.#pending.delete(key)
    for (const answer of pending.answers) answer(verdict)
    const volunteer = this.#roster.get(id)
    if (!volunteer) return
    volunteer.unansweredBytes -= pending.bytes
    this.#sendCredit(volunteer, { pending: -1 })
  }

  #sendCredit(volunteer: Volunteer, change: { pending: number }): void {
    const { credit } = volunteer.totals
    credit.pending = Math.max(0, credit.pending + change.pending)
    volunteer.peer.credit(credit)
  }

  // ---------------------------------------------------------------- views

  cards(): JobCard[] {
    return this.#options.jobs
      .activeRecords()
      .filter((record) => record.status === 'running' && this.#epochs.has(record.id))
      .map(({ id, name, app, purpose, phase, fraction, datasetShape }) => {
        const title = this.#options.apps[app]?.title ?? app
        return {
          ...{ job: id, name, app, title, purpose, phase, fraction },
          datasetBytes: datasetShape.bytes,
        }
      })
  }

  #sendCards(): void {
    const cards = this.cards()
    const text = JSON.stringify(cards)
    if (text === this.#cards) return
    this.#cards = text
    this.#options.broadcast(cards)
  }

  /** Shard bytes that went out: counted for the job that leased the shard last. */
  served(hash: string, bytes: number): void {
    const job = this.#shardJobs.get(hash)
    if (job) this.#options.jobs.send(job, { type: 'served', bytes })
  }

  /** How many volunteers are in each state, all of them counted. */
  states(): Record<VolunteerView['state'], number> {
    const counts = { working: 0, idle: 0, paused: 0, quarantined: 0 }
    for (const { state } of members(this.#fleet)) counts[state]++
    return counts
  }

  table(): FleetTable {
    return this.#roster.table(members(this.#fleet))
  }
}

/** The head of a delta frame, or what is wrong with the frame. */
function readHead(frame: Uint8Array): { lease: number; computeMs: number } | string {
  try {
    const parsed = settledHeadSchema.safeParse(decodeFrame(frame).head)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    return `the frame's head is not right: ${issue?.path.join('.')}: ${issue?.message}`
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
}
