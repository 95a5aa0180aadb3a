/**
 * Volunteers that misbehave, one function a kind. Each ends when it has been answered as it
 * deserves, and throws when it has not.
 */
import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { PROTOCOL_VERSION, type Refusal, type Verdict } from '../../shared/protocol.ts'
import type { Arrays } from '../../shared/wire.ts'
import type { Lease, Options, ScriptedVolunteer } from './volunteer.ts'

/** A new volunteer that has not yet said hello. */
export type Make = (name: string, hello?: Options['hello']) => ScriptedVolunteer

/** How long leases were withheld by those who never answer, and how long they were granted for. */
export interface Withheld {
  deadlineMs: number
  heldMs: number
}

const STRIKES = 3

async function refused(sending: Promise<unknown>, reason: Refusal, detail = /./): Promise<void> {
  expect(await sending).toEqual({ accepted: false, reason, detail: expect.stringMatching(detail) })
}

async function joined(
  make: Make,
  name: string,
  hello?: Options['hello'],
): Promise<ScriptedVolunteer> {
  const script = make(name, hello)
  expect(await script.join()).toMatchObject({ ok: true, protocol: PROTOCOL_VERSION })
  return script
}

/** Goes away with a lease in hand, comes back, and sends the delta then. */
export async function leaver(make: Make): Promise<void> {
  const volunteer = randomBytes(12).toString('hex')
  const first = make('leaver', { volunteer })
  await first.join()
  const lease = await first.lease()
  const delta = await first.compute(lease)
  first.close()
  const second = make('leaver again', { volunteer, workers: 0 })
  await second.join()
  await refused(second.settle(lease, delta), 'expired', /connection was lost/)
}

/**
 * Deadlines follow a volunteer's own history; this many leases make one of seconds. So does holding
 * the shards, for whoever has to fetch them gets the time it takes at 1 Mbit/s.
 */
const LEASES_BEFORE = 4

/** Is honest until its deadline is its own, and never answers the next lease. */
export async function silent(make: Make, cached: string[], withheld: Withheld[]): Promise<void> {
  const script = await joined(make, 'silent', { cached })
  for (let k = 0; k < LEASES_BEFORE; k++) await script.behave()
  await withhold(script, await script.lease(), withheld)
  script.close()
}

/** The same, but the answer comes in the end. */
export async function late(make: Make, cached: string[], withheld: Withheld[]): Promise<void> {
  const script = await joined(make, 'late', { cached })
  for (let k = 0; k < LEASES_BEFORE; k++) await script.behave()
  const lease = await script.lease()
  const delta = await script.compute(lease)
  const reason = await withhold(script, lease, withheld)
  await refused(script.settle(lease, delta), reason, /deadline passed|computed the same block/)
  script.close()
}

/** Until it is taken back: at its deadline, or because a tab that got the same block has answered. */
async function withhold(
  script: ScriptedVolunteer,
  { head, receivedMs }: Lease,
  withheld: Withheld[],
): Promise<'expired' | 'revoked'> {
  const mine = () => script.revoked.find(({ lease }) => lease === head.lease)
  await script.until('the revocation of a lease', () => mine() !== undefined, 60_000)
  const { reason } = mine()!
  if (reason !== 'expired' && reason !== 'revoked') throw new Error(`taken back as ${reason}`)
  withheld.push({ deadlineMs: head.deadlineMs, heldMs: performance.now() - receivedMs })
  return reason
}

/** Sends the same delta twice at once, and once more when it has been answered. */
export async function twice(make: Make): Promise<number> {
  const script = await joined(make, 'twice')
  let second: Verdict | undefined
  const { lease, delta, verdict } = await script.judged(async (taken, answer) => {
    const both = [script.settle(taken, answer), script.settle(taken, answer)]
    const [first, copy] = await Promise.all(both)
    second = copy
    return first!
  })
  expect(verdict).toMatchObject({ accepted: true })
  // Either it joined the first, which was still being committed, or it came after.
  if (!second!.accepted) expect(second!.reason).toBe('unknown-lease')
  await refused(script.settle(lease, delta), 'unknown-lease', /settled already/)
  script.close()
  return lease.head.lease
}

/** Holds a lease that another one answers; then it is answered by the one it belongs to. */
export async function thief(make: Make): Promise<void> {
  const victim = await joined(make, 'victim')
  const taker = await joined(make, 'thief', { workers: 0 })
  const stolen: Verdict[] = []
  const { delta, verdict } = await victim.judged(async (lease, answer) => {
    stolen.push(await taker.settle(lease, answer))
    return victim.settle(lease, answer)
  })
  expect(stolen.at(-1)).toMatchObject({ accepted: false, reason: 'not-yours' })
  expect(verdict).toMatchObject({ accepted: true })
  await refused(taker.send(taker.frame(2 ** 50 + 1, delta)), 'unknown-lease')
  for (const script of [victim, taker]) script.close()
}

/** A delta that is wrong, and how. */
type Lie = { reason: Refusal; tell: (delta: Arrays, lease: Lease) => Arrays }

export const notFinite: Lie[] = [NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
  (value) => ({
    reason: 'not-finite',
    tell: (delta) => ({ ...delta, stats: Float64Array.of(1, value) }),
  }),
)

export const wrongShapes: Lie[] = [
  {
    reason: 'wrong-shape',
    tell: (delta) => ({ ...delta, change: new Float64Array(delta.change!.length + 1) }),
  },
  { reason: 'wrong-shape', tell: (delta) => ({ ...delta, stats: new Float64Array(3) }) },
  { reason: 'malformed', tell: ({ fit: _, ...rest }) => rest },
]

/** A step that the fit does not know of; or, when only gradients were asked for, a wrong one of these. */
export const wrongValues: Lie[] = [1, -3, 7].map((step) => ({
  reason: 'wrong-values',
  tell: (delta, { arrays }) => {
    if (delta.change!.length === 0) {
      const gradient = Float32Array.from(delta.gradient!)
      gradient[0]! += step
      return { ...delta, gradient }
    }
    const change = Float64Array.from(delta.change!)
    change[0]! += step
    const fit = delta.fit!.length > 0 ? delta.fit! : new Float64Array(arrays.residual!.length)
    return { ...delta, change, fit }
  },
}))

/** Three lies, the quarantine they earn, and no way around it by coming back. */
export async function liar(make: Make, name: string, lies: readonly Lie[]): Promise<void> {
  const volunteer = randomBytes(12).toString('hex')
  const script = make(name, { volunteer })
  await script.join()
  expect(lies).toHaveLength(STRIKES)
  for (const { reason, tell } of lies) {
    const { verdict } = await script.judged((lease, delta) =>
      script.settle(lease, tell(delta, lease)),
    )
    expect(verdict).toMatchObject({ accepted: false, reason })
  }
  await quarantined(script)
  script.close()
  const again = make(`${name} again`, { volunteer })
  await again.join()
  await quarantined(again)
  expect(again.leases).toEqual([])
}

async function quarantined(script: ScriptedVolunteer): Promise<void> {
  const told = () => script.notices.find(({ reason }) => reason === 'quarantined')
  await script.until('a notice of quarantine', () => told() !== undefined)
  expect(told()!.text).toMatch(/wrong results/)
  expect(told()!.retryMs).toBeGreaterThan(0)
  expect(told()!.retryMs).toBeLessThan(60_001)
  await refused(script.send(script.frame(1, {})), 'quarantined')
}

/** Bytes that are no frame, and things that are no bytes. */
export async function babbler(make: Make): Promise<void> {
  const script = await joined(make, 'babbler')
  const lease = await script.lease()
  const frame = script.frame(lease.head.lease, await script.compute(lease))
  await refused(script.send(randomBytes(5000)), 'malformed', /magic/)
  await refused(script.send(frame.subarray(0, frame.length - 8)), 'malformed')
  await refused(script.send('a sentence'), 'malformed')
  await quarantined(script)
  script.close()
}

/** Sends more in one message than any message may hold: the connection ends, nothing else does. */
export async function giant(make: Make): Promise<void> {
  const script = await joined(make, 'giant')
  await script.lease()
  script.socket.emit('settled', new ArrayBuffer((64 << 20) + 4096), () => {})
  await script.until('the end of the connection', () => script.closed.length > 0)
}

/** Talks without end. */
export async function flooder(make: Make): Promise<void> {
  const script = await joined(make, 'flooder')
  for (let k = 0; k < 2000; k++)
    script.socket.emit('ready', { workers: 0, duty: 100, paused: 'user' })
  await script.until('the end of the connection', () => script.closed.length > 0)
  expect(script.closed).toEqual(['io server disconnect'])
}

/** Another version, no hello, half a hello: answered in a sentence, and never given work. */
export async function strangers(make: Make): Promise<void> {
  const future = make('future', { protocol: PROTOCOL_VERSION + 1 })
  const welcome = await future.join()
  expect(welcome).toMatchObject({ ok: false, protocol: PROTOCOL_VERSION })
  expect(welcome).toHaveProperty('error', expect.stringMatching(/update the server/))
  await refused(future.send(future.frame(1, {})), 'not-yours', /hello/)
  const past = { protocol: PROTOCOL_VERSION - 1 }
  expect(await future.greet(past)).toHaveProperty('error', expect.stringMatching(/reload the page/))
  const half = { protocol: PROTOCOL_VERSION, volunteer: 'short' }
  expect(await future.greet(half)).toHaveProperty('error', expect.stringMatching(/volunteer/))
  expect(future.leases).toEqual([])
  future.close()
}
