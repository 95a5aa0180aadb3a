/**
 * Between volunteers and engines: feeds the fleet, which decides who is offered what, carries its
 * offers to engines, and their answers back to tabs. It moves bytes and keeps count; it decides
 * nothing about a model.
 *
 * A delta in flight. `settled` parses the frame's head and finds the engine by the lease's epoch
 * (its high part): an engine that is gone means the job is over or the server was restarted. The
 * verdict is given when the engine says `accepted` (durable by then) or `refused`.
 */
import type { AnyApp } from '../../../shared/app.ts'
import {
  type Failed,
  type Hello,
  type JobCard,
  PROTOCOL_VERSION,
  type Ready,
  type Refusal,
  type Verdict,
  type VolunteerView,
  type Welcome,
} from '../../../shared/protocol.ts'
import type { Timeless } from '../../core/events.ts'
import {
  type FleetEvent,
  members,
  openFleet,
  quarantinedUntilMs,
  stepFleet,
} from '../../core/fleet.ts'
import { epochOf } from '../../core/lease.ts'
import type { FromEngine } from '../engine/engineMessages.ts'
import type { Jobs } from '../jobs.ts'
import type { Log } from '../log.ts'
import type { JobRecord, Store } from '../store/store.ts'
import { VERSION } from '../version.ts'
import { Cards } from './cards.ts'
import { Complaints } from './complaints.ts'
import { readDeltaHead } from './deltaHead.ts'
import { type Answer, Pending } from './pending.ts'
import { type FleetTable, type Peer, publicId, Roster, type Volunteer } from './roster.ts'

export interface GatewayOptions {
  store: Store
  jobs: Jobs
  apps: Readonly<Record<string, AnyApp>>
  log: Log
  /** Monotonic. */
  nowMs: () => number
  volunteersMax: number
  /** To everyone who has said hello. */
  broadcast: (cards: JobCard[]) => void
}

const TICK_MS = 100
/** Unanswered bytes of one volunteer: more than two of the largest deltas in flight is abuse. */
const UNANSWERED_BYTES_MAX = 128 << 20

export class Gateway {
  readonly #options: GatewayOptions
  readonly #fleet = openFleet()
  readonly #roster: Roster
  readonly #pending = new Pending()
  readonly #statuses = new Map<string, JobRecord['status']>()
  /** Hash → the job that asked for this shard last: who its bytes are counted for. */
  readonly #shardJobs = new Map<string, string>()
  readonly #timer: NodeJS.Timeout
  readonly #cards: Cards
  readonly #complaints: Complaints

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#roster = new Roster(options.store, options.log)
    options.jobs.on('opening', (job, ahead) => this.#step({ type: 'opening', job, ...ahead }))
    options.jobs.on('engine', (job, message) => this.#fromEngine(job, message))
    options.jobs.on('stopped', (job) => this.#stopped(job))
    this.#cards = new Cards(options)
    this.#complaints = new Complaints(options)
    this.#timer = setInterval(() => this.#step({ type: 'tick' }), TICK_MS)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#cards.close()
    await this.#roster.close()
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
    const jobs = this.#cards.list()
    const welcome = { ok: true, protocol: PROTOCOL_VERSION, server: `shoal ${VERSION}` } as const
    this.#roster.pending(id, 0)
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
    const job = this.#options.jobs.jobOfEpoch(epochOf(lease))
    const given = { volunteer: volunteer.id, lease, reason }
    this.#complaints.hear(job, 'a lease was given back', { ...given, detail })
    if (job) this.#options.jobs.send(job, { type: 'failed', ...given })
  }

  settled(volunteer: Volunteer, frame: Uint8Array<ArrayBuffer>, answer: Answer): void {
    const { jobs, nowMs } = this.#options
    this.#roster.count(volunteer.id, { bytesUp: frame.byteLength })
    const quarantined = quarantinedUntilMs(this.#fleet, volunteer.id, nowMs()) !== null
    const head = quarantined ? 'too many wrong answers came from this tab' : readDeltaHead(frame)
    if (typeof head === 'string') {
      this.#refuse(volunteer, answer, quarantined ? 'quarantined' : 'malformed', head)
      return
    }
    const epoch = epochOf(head.lease)
    const job = jobs.jobOfEpoch(epoch)
    if (!job) {
      const isOver = jobs.isPastEpoch(epoch)
      const detail = isOver ? 'the job is over' : 'the lease was granted before a restart'
      this.#refuse(volunteer, answer, isOver ? 'revoked' : 'unknown-lease', detail)
      return
    }
    const bytes = frame.byteLength
    if (this.#pending.bytesOf(volunteer.id) + bytes > UNANSWERED_BYTES_MAX) {
      this.#options.log.warn({ volunteer: volunteer.id }, 'too many unanswered bytes: closed')
      volunteer.peer.close()
      return
    }
    if (!this.#pending.add(volunteer.id, head.lease, job, bytes, answer)) return
    this.#roster.pending(volunteer.id, 1)
    const { lease, computeMs, heldMs } = head
    jobs.send(job, { type: 'settled', volunteer: volunteer.id, lease, computeMs, heldMs, frame })
    this.#step({ type: 'delivered', job, volunteer: volunteer.id, lease })
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
        if (outcome === 'accepted') this.#roster.count(volunteer, { computeMs: computeMs ?? 0 })
        this.#step({ ...message, job })
        break
      }
      case 'accepted': {
        const { volunteer, lease, updates } = message
        this.#roster.count(volunteer, { updates, leases: 1 })
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

  #opened(job: string, opened: Extract<FromEngine, { type: 'opened' }>): void {
    const { shards, leasesAhead } = opened
    this.#statuses.set(job, 'running')
    this.#step({ type: 'started', job, shards, leasesAhead })
    this.#recordChanged(opened.record)
    this.#cards.send()
  }

  #granted(job: string, message: Extract<FromEngine, { type: 'granted' }>): void {
    const { volunteer, lease, shards, hashes, frame } = message
    this.#step({ type: 'granted', job, volunteer, lease, shards })
    for (const hash of hashes) this.#shardJobs.set(hash, job)
    const known = this.#roster.get(volunteer)
    // Whoever has just gone: `left` is on its way to the engine, behind this grant.
    if (!known) return
    this.#roster.count(volunteer, { bytesDown: frame.byteLength })
    known.peer.lease(frame)
  }

  #recordChanged(record: JobRecord): void {
    const { id, status } = record
    const before = this.#statuses.get(id)
    if (before === status) return
    this.#statuses.set(id, status)
    if (status === 'paused') this.#step({ type: 'paused', job: id })
    else if (status === 'running') this.#step({ type: 'resumed', job: id })
    this.#cards.send()
  }

  #stopped(job: string): void {
    this.#statuses.delete(job)
    for (const [hash, owner] of this.#shardJobs) if (owner === job) this.#shardJobs.delete(hash)
    const verdict = { accepted: false, reason: 'revoked', detail: 'the job is over' } as const
    for (const volunteer of this.#pending.answerAll(job, verdict))
      this.#roster.pending(volunteer, -1)
    this.#step({ type: 'stopped', job })
    this.#cards.send()
  }

  // ---------------------------------------------------------------- the fleet's effects, and answers

  #step(event: Timeless<FleetEvent>): void {
    const { jobs, nowMs } = this.#options
    for (const effect of stepFleet(this.#fleet, { ...event, nowMs: nowMs() } as FleetEvent)) {
      if (effect.type === 'offer') {
        const { job, volunteer, rttMs, slots, holds } = effect
        const memory = this.#roster.get(volunteer)?.memory
        const named = memory === undefined ? {} : { memory }
        jobs.send(job, { type: 'offered', volunteer, rttMs, slots, holds, ...named })
      } else if (effect.type === 'ahead') {
        const { job, app, volunteer, shards } = effect
        for (const { hash } of shards) this.#shardJobs.set(hash, job)
        this.#roster.get(volunteer)?.peer.ahead({ app, shards })
      } else if (effect.type === 'notice')
        this.#roster.get(effect.volunteer)?.peer.notice(effect.notice)
      else jobs.sendAll({ type: 'left', volunteer: effect.volunteer })
    }
  }

  #refuse(volunteer: Volunteer, answer: Answer, reason: Refusal, detail: string): void {
    answer({ accepted: false, reason, detail })
    this.#roster.count(volunteer.id, { refused: 1 })
    this.#step({ type: 'refused', volunteer: volunteer.id, reason })
  }

  #answer(volunteer: string, lease: number, verdict: Verdict): void {
    if (!verdict.accepted) this.#roster.count(volunteer, { refused: 1 })
    if (this.#pending.answer(volunteer, lease, verdict)) this.#roster.pending(volunteer, -1)
  }

  // ---------------------------------------------------------------- views

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
