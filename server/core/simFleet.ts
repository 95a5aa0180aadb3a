/** Fleets for the simulator: volunteers as they are out there, drawn from one seed. */
import type { Random } from '../../shared/random.ts'
import type { SimVolunteer } from './simWorld.ts'

export interface FleetOptions {
  volunteers: number
  /** Slowest and fastest worker, entries per millisecond: drawn evenly on a logarithmic scale. */
  workPerMs?: readonly [number, number]
  rttMs?: readonly [number, number]
  /** Lines of 1 to 100 Mbit/s. */
  bytesPerMs?: readonly [number, number]
  workers?: readonly [number, number]
  /** The first arrive at once, the others within this time. */
  arriveMs?: number
  /** Share of volunteers that go during a run, a third of them to come back. */
  leavers?: number
  /** Share of volunteers that lie in a tenth to half of their answers. */
  liars?: number
  /** How often a lease meets a stall, a freeze, a lost connection, a late or a double answer. */
  trouble?: number
}

/** A phone in the reference kernel to a desktop in SIMD: three orders of magnitude. */
const WORK_PER_MS = [2_000, 2_000_000] as const
const RTT_MS = [2, 300] as const
const BYTES_PER_MS = [125, 12_500] as const

export function drawFleet(options: FleetOptions, random: Random): SimVolunteer[] {
  const { leavers = 0, liars = 0, trouble = 0, arriveMs = 0 } = options
  const between = ([low, high]: readonly [number, number]): number =>
    low * (high / low) ** random.next()
  return Array.from({ length: options.volunteers }, (_, k) => {
    // The first stays and is honest, or nobody might be left to finish.
    const isSafe = k === 0
    const joinMs = isSafe ? 0 : arriveMs * random.next()
    const leaves = random.next() < leavers && !isSafe
    const leaveMs = leaves ? joinMs + 20_000 * random.next() : null
    const returns = random.below(3) === 0
    const lies = random.next() < liars && !isSafe ? 0.1 + 0.4 * random.next() : 0
    const often = isSafe ? 0 : trouble
    return {
      name: `v${k}`,
      workers: Math.round(between(options.workers ?? [1, 4])),
      workPerMs: between(options.workPerMs ?? WORK_PER_MS),
      rttMs: between(options.rttMs ?? RTT_MS),
      bytesPerMs: between(options.bytesPerMs ?? BYTES_PER_MS),
      joinMs,
      leaveMs,
      backMs: leaveMs !== null && returns ? leaveMs + 1_000 + 10_000 * random.next() : null,
      vices: {
        lie: lies,
        stall: often / 5,
        freeze: often / 5,
        lose: often / 5,
        late: often / 5,
        twice: often / 5,
      },
    }
  })
}
