/** Events and effects as lines a person can read: the language of the transcripts beside this file. */
import type { Arrays } from '../../../shared/wire.ts'
import { type Engine, step } from '../engine.ts'
import type { EngineEffect, EngineEvent, Timeless } from '../events.ts'
import { type Fleet, type FleetEffect, type FleetEvent, stepFleet } from '../fleet.ts'
import { countOf, epochOf } from '../lease.ts'

/** Tells what happens to an engine or a fleet: `at` sets the clock, each event is one step. */
export class Story {
  readonly #lines: string[] = []
  #nowMs = 0

  note(text: string): this {
    this.#lines.push('', `# ${text}`)
    return this
  }

  at(nowMs: number): this {
    this.#nowMs = nowMs
    return this
  }

  engine(engine: Engine, event: Timeless<EngineEvent>): EngineEffect[] {
    const effects = step(engine, { ...event, nowMs: this.#nowMs } as EngineEvent)
    this.#tell(describeEvent(event), effects.flatMap(describeEffect))
    return effects
  }

  fleet(fleet: Fleet, event: Timeless<FleetEvent>): FleetEffect[] {
    const effects = stepFleet(fleet, { ...event, nowMs: this.#nowMs } as FleetEvent)
    this.#tell(describeFleetEvent(event), effects.map(describeFleetEffect))
    return effects
  }

  text(): string {
    return `${this.#lines.join('\n').replace(/^\n/, '')}\n`
  }

  #tell(event: string, effects: string[]): void {
    this.#lines.push(`${String(this.#nowMs).padStart(6)} ms  ${event}`)
    for (const effect of effects) this.#lines.push(`              → ${effect}`)
  }
}

/** Epoch and count, so that a reader sees which life of the engine granted it. */
const name = (lease: number): string => `${epochOf(lease)}.${countOf(lease)}`

function list(arrays: Arrays): string {
  const fields = Object.entries(arrays).map(([field, array]) => `${field} [${array.join(' ')}]`)
  return fields.join(', ')
}

function describeEvent(event: Timeless<EngineEvent>): string {
  switch (event.type) {
    case 'offered':
      return `${event.volunteer} offered`
    case 'settled':
      return `${event.volunteer} settled ${name(event.lease)}: ${list(event.arrays)}`
    case 'failed':
      return `${event.volunteer} failed ${name(event.lease)}: ${event.reason}`
    case 'left':
      return `${event.volunteer} left`
    default:
      return event.type
  }
}

function describeEffect(effect: EngineEffect): string[] {
  switch (effect.type) {
    case 'grant': {
      const { volunteer, lease, arrays, deadlineMs } = effect
      const index = `[${arrays.index?.join(' ')}]`
      return [
        `grant ${name(lease)} to ${volunteer}: columns ${index}, ${Math.round(deadlineMs)} ms`,
      ]
    }
    case 'decline':
      return [`decline ${effect.volunteer}: ${effect.reason}`]
    case 'refuse':
      return [
        `refuse ${name(effect.lease)} of ${effect.volunteer}: ${effect.reason} (${effect.detail})`,
      ]
    case 'append': {
      const { seq, lease, atMs, note, arrays } = effect.record
      const what = lease === null ? note : name(lease)
      return [`append #${seq} at ${Math.round(atMs)} ms (${what}): ${list(arrays)}`]
    }
    case 'snapshot':
      return [`snapshot up to #${effect.snapshot.seq}: ${list(effect.snapshot.arrays)}`]
    case 'accept':
      return [`accept ${name(effect.lease)} of ${effect.volunteer}: ${effect.updates} updates`]
    case 'ended':
      return [`ended ${name(effect.lease)} of ${effect.volunteer}: ${effect.outcome}`]
    case 'revoke':
      return [`revoke ${name(effect.lease)} of ${effect.volunteer}: ${effect.reason}`]
    case 'conclude': {
      const results = effect.results.map(
        ({ name, text }) => `, ${name} ${text.split('\n').join(' ')}`,
      )
      return [
        `conclude ${effect.status}${effect.error ? `: ${effect.error}` : ''}${results.join('')}`,
      ]
    }
    case 'report':
      return []
  }
}

function describeFleetEvent(event: Timeless<FleetEvent>): string {
  switch (event.type) {
    case 'joined':
      return `${event.volunteer} joined with ${event.workers} workers`
    case 'ready':
      return `${event.volunteer} ready with ${event.workers} workers`
    case 'measured':
      return `${event.volunteer} measured: ${event.rttMs} ms away`
    case 'dropped':
      return `${event.volunteer} dropped ${event.hashes.join(' ')}`
    case 'left':
      return `${event.volunteer} left`
    case 'granted':
      return `${event.job} granted ${event.lease} to ${event.volunteer}`
    case 'declined':
      return `${event.job} declined ${event.volunteer}`
    case 'ended':
      return `${event.job} ended ${event.lease} of ${event.volunteer}: ${event.outcome}`
    case 'refused':
      return `${event.volunteer} refused: ${event.reason}`
    case 'tick':
      return 'tick'
    default:
      return `${event.job} ${event.type}`
  }
}

function describeFleetEffect(effect: FleetEffect): string {
  switch (effect.type) {
    case 'offer': {
      const { job, volunteer, holds, slots } = effect
      return `offer ${job} to ${volunteer} (holds [${holds.join(' ')}], ${slots} slots)`
    }
    case 'notice':
      return `notice to ${effect.volunteer}: ${effect.notice.reason} (${effect.notice.text})`
    case 'ahead':
      return `ahead to ${effect.volunteer} for ${effect.job}: ${effect.shards.map(({ hash }) => hash).join(' ')}`
    case 'quarantine':
      return `quarantine ${effect.volunteer} until ${effect.untilMs} ms`
  }
}
