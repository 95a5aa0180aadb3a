/**
 * The engine of one job: the single writer of its model.
 *
 *   offered ──▶ app.schedule ──▶ grant | decline
 *   settled ──▶ held? well-formed? finite? app.check? ──▶ refuse
 *                    └─▶ app.pull ─▶ append ─▶ accept ─▶ app.advance … ─▶ append … ─▶ conclude?
 *                        and now and then app.snapshot ─▶ snapshot, instead of all records before it
 *
 * It knows nothing of any app, and never waits: a lease that does not come back goes to someone
 * else, and the order of commits is the order of the log. What the log holds is what the model is;
 * everything else here (leases, histories) may be lost without loss of work.
 *
 * An offer is answered by exactly one grant or decline, a delta by exactly one accept or refuse,
 * also when the app throws: then this job fails, and no other notices.
 */
import type { Block } from '../../shared/app.ts'
import { UserError, unreachable } from '../../shared/errors.ts'
import type { EngineEffect, EngineEvent } from './events.ts'
import { complaint, type Fault, inspect } from './inspect.ts'
import {
  append,
  conclude,
  type Engine,
  end,
  keepTime,
  outrun,
  release,
  report,
  revoke,
  revokeAll,
  snapshotIfDue,
} from './job.ts'
import type { Lease } from './lease.ts'
import { missingBytes, type Runner, tailFor } from './tail.ts'

export { type Engine, type EngineOptions, type EngineView, openEngine, view } from './job.ts'

const REPORT_EVERY_MS = 250
/** An app that advances this often without a delta has lost its way. */
const ADVANCES_MAX = 100_000

export function step(engine: Engine, event: EngineEvent): EngineEffect[] {
  const effects: EngineEffect[] = []
  keepTime(engine, event.nowMs)
  try {
    begin(engine, event.nowMs, effects)
    handle(engine, event, effects)
    begin(engine, event.nowMs, effects)
    snapshotIfDue(engine, effects)
    if (engine.changed && event.nowMs - engine.reportedMs >= REPORT_EVERY_MS)
      report(engine, event.nowMs, effects)
  } catch (error) {
    fail(engine, event, error, effects)
  }
  return effects
}

/**
 * Before anything else a running job asks its app to advance: a crash may have cut off the advance
 * that belongs to the last delta of the log, and an app may have nothing to compute at all.
 */
function begin(engine: Engine, nowMs: number, effects: EngineEffect[]): void {
  if (engine.begun || engine.status !== 'running') return
  engine.begun = true
  advance(engine, nowMs, effects)
}

function handle(engine: Engine, event: EngineEvent, effects: EngineEffect[]): void {
  const { nowMs } = event
  switch (event.type) {
    case 'offered':
      offered(engine, event, effects)
      break
    case 'settled':
      settled(engine, event, effects)
      break
    case 'failed': {
      const lease = engine.leases.held(event.lease)
      if (lease?.volunteer === event.volunteer) release(engine, lease, 'failed', nowMs, effects)
      break
    }
    case 'left':
      for (const lease of engine.leases.of(event.volunteer))
        release(engine, lease, 'left', nowMs, effects)
      break
    case 'paused':
      if (engine.status === 'running') stop(engine, 'paused', nowMs, effects)
      break
    case 'resumed':
      if (engine.status === 'paused') conclude(engine, 'running', nowMs, effects)
      break
    case 'cancelled':
      if (engine.status === 'running' || engine.status === 'paused')
        stop(engine, 'cancelled', nowMs, effects)
      break
    case 'tick':
      expire(engine, nowMs, effects)
      break
    default:
      unreachable(event)
  }
}

function offered(
  engine: Engine,
  event: Extract<EngineEvent, { type: 'offered' }>,
  effects: EngineEffect[],
): void {
  const { nowMs, volunteer, rttMs, slots } = event
  if (engine.status !== 'running') {
    const reason = engine.status === 'paused' ? 'paused' : 'finished'
    effects.push({ type: 'decline', volunteer, reason })
    return
  }
  const held = new Set(event.holds)
  const history = engine.histories.of(volunteer)
  const runner: Runner = { volunteer, rttMs, history, holds: (k) => held.has(k) }
  const block = engine.app.schedule(engine.state, {
    workPerMs: history.workPerMs(),
    rttMs,
    holds: runner.holds,
    slots,
    ...(event.memory !== undefined && { memory: event.memory }),
  })
  if (!('idle' in block)) {
    grant(engine, runner, block, null, nowMs, effects)
    return
  }
  const twin = block.idle === 'waiting-for-others' ? tailFor(engine, runner, nowMs) : undefined
  if (twin) grant(engine, runner, twin.block, twin, nowMs, effects)
  else effects.push({ type: 'decline', volunteer, reason: block.idle })
}

/** `twin`: whose block it is already. */
function grant(
  engine: Engine,
  { volunteer, rttMs, history, holds }: Runner,
  block: Block,
  twin: Lease | null,
  nowMs: number,
  effects: EngineEffect[],
): void {
  const { leases, dataset } = engine
  const { shards, arrays, work } = block
  const missing = missingBytes(dataset, shards, holds)
  const deadlineMs = history.deadlineMs(work, rttMs, missing, nowMs)
  const { lease } = twin
    ? leases.grantTwin(twin, volunteer, nowMs, deadlineMs)
    : leases.grant(volunteer, block, nowMs, deadlineMs)
  engine.counters.leases++
  engine.changed = true
  effects.push({ type: 'grant', volunteer, lease, shards, arrays, deadlineMs, work })
}

function settled(
  engine: Engine,
  event: Extract<EngineEvent, { type: 'settled' }>,
  effects: EngineEffect[],
): void {
  const { app, state, leases } = engine
  const { nowMs, volunteer, lease: number, arrays } = event
  const lease = leases.held(number)
  if (lease?.volunteer !== volunteer) {
    const detail = 'the lease belongs to another volunteer'
    learnFromLate(engine, event)
    refuse(engine, event, lease ? { reason: 'not-yours', detail } : leases.refusal(number), effects)
    return
  }
  const fault =
    inspect(app.buffers.delta, arrays) ?? complaint(app.check(state, lease.block, arrays))
  if (!fault) {
    commit(engine, lease, event, effects)
    return
  }
  release(engine, lease, 'refused', nowMs, effects)
  refuse(engine, event, fault, effects)
}

function refuse(
  engine: Engine,
  { volunteer, lease }: Extract<EngineEvent, { type: 'settled' }>,
  fault: Fault,
  effects: EngineEffect[],
): void {
  engine.counters.refused++
  engine.changed = true
  effects.push({ type: 'refuse', volunteer, lease, ...fault })
}

/** A delta that was found good goes into the log and the model; then the job may have moved on. */
function commit(
  engine: Engine,
  lease: Lease,
  { nowMs, arrays, computeMs: toldMs, heldMs = 0 }: Extract<EngineEvent, { type: 'settled' }>,
  effects: EngineEffect[],
): void {
  const { app, state, leases, histories, counters } = engine
  const { volunteer, lease: number, block, grantedMs } = lease
  const { work } = block
  const { record, updates, work: workDone = work } = app.pull(state, block, arrays)
  const elapsedMs = nowMs - grantedMs
  const computeMs = Math.min(toldMs, elapsedMs)
  append(engine, record, { lease: number, volunteer, updates, computeMs, note: null }, effects)
  counters.took(elapsedMs, Math.min(Math.max(heldMs, computeMs), elapsedMs))
  histories.of(volunteer).settled({ work, workDone, grantedMs, nowMs, computeMs })
  const twin = leases.twin(lease)
  end(engine, lease, 'accepted', nowMs, effects, { computeMs, updates })
  effects.push({ type: 'accept', volunteer, lease: number, updates })
  if (twin) outrun(engine, twin, nowMs, effects)
  advance(engine, nowMs, effects)
}

/** A delta that came after its deadline is worth nothing but the knowledge of how long it took. */
function learnFromLate(engine: Engine, event: Extract<EngineEvent, { type: 'settled' }>): void {
  const ended = engine.leases.ended(event.lease)
  if (ended?.outcome !== 'expired' || ended.volunteer !== event.volunteer) return
  if (ended.timed) return
  ended.timed = true
  const { work, grantedMs } = ended
  engine.histories
    .of(event.volunteer)
    .settled({ work, workDone: work, grantedMs, nowMs: event.nowMs, computeMs: null })
}

/** Let the app move on as far as it can; the job may be finished then. */
function advance(engine: Engine, nowMs: number, effects: EngineEffect[]): void {
  const { app, state } = engine
  let advances = 0
  for (let moved = app.advance(state); moved; moved = app.advance(state)) {
    const { record, note } = moved
    append(
      engine,
      record,
      { lease: null, volunteer: null, updates: 0, computeMs: 0, note },
      effects,
    )
    if (++advances > ADVANCES_MAX) throw new Error(`advance never returned null (last: ${note})`)
  }
  if (app.finished(state)) {
    stop(engine, 'finished', nowMs, effects)
  } else if (advances > 0) report(engine, nowMs, effects)
}

function stop(
  engine: Engine,
  status: 'paused' | 'cancelled' | 'finished',
  nowMs: number,
  effects: EngineEffect[],
): void {
  revokeAll(engine, nowMs, effects)
  conclude(engine, status, nowMs, effects)
}

function expire(engine: Engine, nowMs: number, effects: EngineEffect[]): void {
  for (const lease of engine.leases.expired(nowMs)) {
    engine.counters.expired++
    engine.histories.of(lease.volunteer).expired()
    release(engine, lease, 'expired', nowMs, effects)
    revoke(lease, 'expired', effects)
  }
}

/** The app threw. Its state cannot be trusted any more, so nothing of it is asked or shown. */
function fail(engine: Engine, event: EngineEvent, thrown: unknown, effects: EngineEffect[]): void {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const { name } = engine.app
  const error =
    thrown instanceof UserError ? message : `the app ${name} failed on "${event.type}": ${message}`
  const answered = effects.some(
    (effect) =>
      effect.type === 'grant' ||
      effect.type === 'decline' ||
      ((effect.type === 'accept' || effect.type === 'refuse') &&
        event.type === 'settled' &&
        effect.lease === event.lease),
  )
  for (const lease of engine.leases.all()) {
    end(engine, lease, 'revoked', event.nowMs, effects)
    revoke(lease, 'revoked', effects)
  }
  if (event.type === 'offered' && !answered)
    effects.push({ type: 'decline', volunteer: event.volunteer, reason: 'finished' })
  if (event.type === 'settled' && !answered) {
    const { volunteer, lease } = event
    const detail = 'the job has failed'
    effects.push({ type: 'refuse', volunteer, lease, reason: 'revoked', detail })
  }
  engine.status = 'failed'
  engine.changed = false
  effects.push({ type: 'conclude', status: 'failed', error, summary: null, results: [] })
}
