/** Transcripts and rules of the fleet. */
import { describe, expect, test } from 'vitest'
import { members, openFleet, quarantinedUntilMs, stepFleet } from './fleet.ts'
import { simulate } from './sim.ts'
import { Story } from './testdata/story.ts'
import { sumApp, sumDataset, sumPush } from './testdata/sumApp.ts'

const tell = (story: Story, name: string) =>
  expect(story.text()).toMatchFileSnapshot(`testdata/${name}.txt`)
const joined = (volunteer: string, workers: number, cached: string[] = []) =>
  ({ type: 'joined', volunteer, workers, cached, rttMs: 5 }) as const
const started = (job: string, shards: string[]) => ({ type: 'started', job, shards }) as const
const granted = (job: string, volunteer: string, lease: number, shards: number[] = []) =>
  ({ type: 'granted', job, volunteer, lease, shards }) as const
const ended = (job: string, volunteer: string, lease: number, outcome: 'accepted' | 'expired') =>
  ({ type: 'ended', job, volunteer, lease, outcome, elapsedMs: 100, computeMs: 90 }) as const

test('an idle volunteer is told why, once', async () => {
  const story = new Story()
  const fleet = openFleet()
  story.fleet(fleet, joined('ana', 1))
  story.at(100).fleet(fleet, { type: 'tick' })
  story.at(200).fleet(fleet, { type: 'tick' })
  story.fleet(fleet, started('lasso', ['a', 'b']))
  story.fleet(fleet, { type: 'declined', job: 'lasso', volunteer: 'ana' })
  story.at(300).fleet(fleet, { type: 'tick' })
  story.fleet(fleet, granted('lasso', 'ana', 1, [1]))
  story.fleet(fleet, { type: 'paused', job: 'lasso' })
  story.at(310).fleet(fleet, ended('lasso', 'ana', 1, 'accepted'))
  story.at(400).fleet(fleet, { type: 'tick' })
  story.fleet(fleet, { type: 'resumed', job: 'lasso' })
  story.fleet(fleet, { type: 'stopped', job: 'lasso' })
  story.at(500).fleet(fleet, { type: 'tick' })
  await tell(story, 'idle')
})

test('a worker has two leases, however short the way, where a job wants them ahead', () => {
  const offersAfterOne = (leasesAhead: boolean): number => {
    const fleet = openFleet()
    stepFleet(fleet, { ...joined('ana', 1), nowMs: 0 })
    stepFleet(fleet, { ...started('lda', ['a']), leasesAhead, nowMs: 0 })
    const effects = stepFleet(fleet, { ...granted('lda', 'ana', 1), nowMs: 1 })
    return effects.filter(({ type }) => type === 'offer').length
  }
  expect(offersAfterOne(false)).toBe(0)
  expect(offersAfterOne(true)).toBe(1)
})

test('a delivered delta frees its slot at once: the next offer follows it, and only one', () => {
  const fleet = openFleet()
  const offers = (event: Parameters<typeof stepFleet>[1]) =>
    stepFleet(fleet, event).filter(({ type }) => type === 'offer')
  const nowMs = 0
  const delivered = (volunteer: string, lease: number) =>
    ({ type: 'delivered', job: 'lasso', volunteer, lease, nowMs }) as const
  stepFleet(fleet, { ...started('lasso', ['a']), nowMs })
  stepFleet(fleet, { ...joined('ana', 1), nowMs })
  stepFleet(fleet, { ...joined('bob', 1), nowMs })
  stepFleet(fleet, { ...granted('lasso', 'ana', 1), nowMs })
  stepFleet(fleet, { ...granted('lasso', 'bob', 2), nowMs })
  expect(offers(delivered('bob', 1))).toEqual([])
  // The lease that is with the engine is no slot at work beside the one it makes room for.
  expect(offers(delivered('ana', 1))).toMatchObject([{ volunteer: 'ana', slots: 2 }])
  expect(offers(delivered('ana', 1))).toEqual([])
  expect(offers({ ...ended('lasso', 'ana', 1, 'accepted'), nowMs })).toEqual([])
  expect(offers({ ...granted('lasso', 'ana', 3), nowMs })).toEqual([])
  expect(offers({ ...ended('lasso', 'bob', 2, 'accepted'), nowMs })).toHaveLength(1)
})

test('wrong deltas bring quarantine, each longer than the last, across reconnects', async () => {
  const story = new Story()
  const fleet = openFleet()
  story.fleet(fleet, joined('eve', 2))
  const refused = (reason: 'wrong-values' | 'expired' | 'not-finite') =>
    story.fleet(fleet, { type: 'refused', volunteer: 'eve', reason })
  refused('wrong-values')
  refused('expired')
  refused('not-finite')
  refused('wrong-values')
  expect(quarantinedUntilMs(fleet, 'eve', 0)).toBe(60_000)
  story.note('Going away and coming back does not help.')
  story.at(1_000).fleet(fleet, { type: 'left', volunteer: 'eve' })
  story.fleet(fleet, started('lasso', ['a']))
  story.at(2_000).fleet(fleet, joined('eve', 2))
  story.fleet(fleet, { type: 'tick' })
  story.note('Time does; but the next wrong delta is one too many.')
  story.at(60_000).fleet(fleet, { type: 'tick' })
  expect(quarantinedUntilMs(fleet, 'eve', 60_000)).toBe(null)
  refused('wrong-values')
  await tell(story, 'quarantine')
  expect(members(fleet)[0]).toMatchObject({ state: 'quarantined', refused: 5 })
})

test('two jobs take turns by compute time, and a job that declines lets the other go on', async () => {
  const story = new Story()
  const fleet = openFleet()
  story.fleet(fleet, started('one', ['a']))
  story.fleet(fleet, started('two', ['b', 'a']))
  story.fleet(fleet, joined('ana', 4, ['a']))
  for (const [job, lease] of [
    ['one', 1],
    ['two', 2],
    ['one', 3],
    ['two', 4],
  ] as const)
    story.fleet(fleet, granted(job, 'ana', lease, [0]))
  story.note('one has nothing more for now: its slots go to two until something changes in it.')
  story.at(100).fleet(fleet, ended('one', 'ana', 1, 'accepted'))
  story.fleet(fleet, { type: 'declined', job: 'one', volunteer: 'ana' })
  story.fleet(fleet, granted('two', 'ana', 5))
  story.fleet(fleet, ended('two', 'ana', 2, 'accepted'))
  story.fleet(fleet, granted('two', 'ana', 6))
  story.at(150).fleet(fleet, ended('one', 'ana', 3, 'accepted'))
  await tell(story, 'two-jobs')
})

test('a volunteer that lets leases lapse comes last, and rests longer and longer', async () => {
  const story = new Story()
  const fleet = openFleet()
  story.fleet(fleet, joined('zoe', 2))
  story.fleet(fleet, started('lasso', ['a']))
  story.fleet(fleet, granted('lasso', 'zoe', 1))
  story.fleet(fleet, granted('lasso', 'zoe', 2))
  story.note('Two leases that expire together are one lapse; one lease at a time from now on.')
  story.at(30_000).fleet(fleet, ended('lasso', 'zoe', 1, 'expired'))
  story.fleet(fleet, ended('lasso', 'zoe', 2, 'expired'))
  story.fleet(fleet, granted('lasso', 'zoe', 3))
  story.at(60_000).fleet(fleet, ended('lasso', 'zoe', 3, 'expired'))
  story.fleet(fleet, { type: 'tick' })
  story.at(61_000).fleet(fleet, { type: 'tick' })
  story.fleet(fleet, granted('lasso', 'zoe', 4))
  story.note('A delta that is accepted makes up for it.')
  story.at(61_100).fleet(fleet, ended('lasso', 'zoe', 4, 'accepted'))
  await tell(story, 'lapses')
})

describe('slots', () => {
  test('one lease a worker, two where the network is slow next to the work', () => {
    for (const [rttMs, offers] of [
      [5, 1],
      [20, 4],
    ] as const) {
      const fleet = openFleet()
      stepFleet(fleet, { ...joined('ana', 3), rttMs, nowMs: 0 })
      stepFleet(fleet, { ...started('lasso', []), nowMs: 0 })
      for (const lease of [1, 2, 3])
        stepFleet(fleet, { ...granted('lasso', 'ana', lease), nowMs: 0 })
      const effects = stepFleet(fleet, { ...ended('lasso', 'ana', 1, 'accepted'), nowMs: 100 })
      expect(effects.filter((effect) => effect.type === 'offer')).toHaveLength(offers)
    }
  })

  test('a dead engine leaves nothing behind', () => {
    const fleet = openFleet()
    stepFleet(fleet, { ...joined('ana', 2), nowMs: 0 })
    stepFleet(fleet, { ...started('lasso', []), nowMs: 0 })
    stepFleet(fleet, { ...granted('lasso', 'ana', 1), nowMs: 0 })
    stepFleet(fleet, { type: 'stopped', job: 'lasso', nowMs: 0 })
    expect(members(fleet)[0]).toMatchObject({ leasesInFlight: 0, state: 'idle' })
    const effects = stepFleet(fleet, { ...started('next', []), nowMs: 0 })
    expect(effects.filter((effect) => effect.type === 'offer')).toHaveLength(2)
  })
})

test('two jobs at once share the fleet fairly, however long their leases', () => {
  const job = (id: string, block: number) => ({
    id,
    app: sumApp,
    spec: sumApp.spec.parse({ rounds: 300, block }),
    dataset: sumDataset(3, 5, 240, 20),
    push: sumPush,
    seed: 1,
    submittedMs: 0,
  })
  const volunteer = (k: number) => ({
    name: `v${k}`,
    workers: 2,
    workPerMs: 100 * (k + 1),
    rttMs: 4,
    joinMs: 10 * k,
    leaveMs: null,
    backMs: null,
    vices: {},
  })
  const volunteers = Array.from({ length: 5 }, (_, k) => volunteer(k))
  const jobs = [job('short', 1), job('long', 8)]
  const { short, long } = simulate({ seed: 5, jobs, volunteers, untilMs: 10_000 }).jobs
  const ratio = short!.computeMs / long!.computeMs
  expect(ratio).toBeGreaterThan(0.9)
  expect(ratio).toBeLessThan(1.1)
})

test('while a job opens, idle volunteers are told what it will need: few all of it, many a part', () => {
  const shards = Array.from({ length: 8 }, (_, k) => ({ hash: `s${k}`, bytes: 1 << 20 }))
  const opening = { type: 'opening', job: 'lasso', app: 'lasso', shards, nowMs: 0 } as const
  const aheadOf = (fleet: ReturnType<typeof openFleet>, event: Parameters<typeof stepFleet>[1]) =>
    stepFleet(fleet, event).flatMap((effect) =>
      effect.type === 'ahead'
        ? [`${effect.volunteer}: ${effect.shards.map(({ hash }) => hash).join(' ')}`]
        : [],
    )
  const one = openFleet()
  stepFleet(one, { ...joined('ana', 1), nowMs: 0 })
  stepFleet(one, { ...joined('bob', 0), nowMs: 0 })
  expect(aheadOf(one, opening)).toEqual(['ana: s0 s1 s2 s3 s4 s5 s6 s7'])
  expect(aheadOf(one, { ...joined('eve', 1), nowMs: 0 })).toEqual(['eve: s4 s5 s6 s7 s0 s1 s2 s3'])
  const awake = { type: 'ready', nowMs: 0, volunteer: 'bob', workers: 1 } as const
  expect(aheadOf(one, awake)).toEqual(['bob: s2 s3 s4 s5 s6 s7'])
  stepFleet(one, { ...started('lasso', []), nowMs: 0 })
  expect(aheadOf(one, { ...joined('max', 1), nowMs: 0 })).toEqual([])
  const many = openFleet()
  for (let k = 0; k < 8; k++) stepFleet(many, { ...joined(`v${k}`, 1), nowMs: 0 })
  const ahead = aheadOf(many, opening)
  expect(ahead[0]).toBe('v0: s0 s1')
  expect(ahead[7]).toBe('v7: s7 s0')
  const large = shards.map(({ hash }) => ({ hash, bytes: 30 << 20 }))
  const two = openFleet()
  stepFleet(two, { ...joined('ana', 1), nowMs: 0 })
  expect(aheadOf(two, { ...opening, shards: large })).toEqual(['ana: s0 s1'])
})

test('whoever computes is not sent shards ahead', () => {
  const fleet = openFleet()
  const nowMs = 0
  stepFleet(fleet, { ...started('lasso', ['a']), nowMs })
  stepFleet(fleet, { ...joined('ana', 1), nowMs })
  stepFleet(fleet, { ...granted('lasso', 'ana', 1), nowMs })
  const shards = [{ hash: 'b', bytes: 1 }]
  const effects = stepFleet(fleet, { type: 'opening', job: 'two', app: 'lasso', shards, nowMs })
  expect(effects).toEqual([])
})

test('one slow tab that holds what all wait for holds them up no longer than it takes to notice', () => {
  const job = {
    ...{ id: 'sum', app: sumApp, push: sumPush, seed: 1, submittedMs: 0 },
    spec: sumApp.spec.parse({ rounds: 10, block: 8 }),
    dataset: sumDataset(3, 5, 8, 8),
  }
  // One block a round, 40 000 entries: 20 s of the one, 20 ms of the other.
  const volunteer = (name: string, workPerMs: number, joinMs: number) => ({
    ...{ name, workPerMs, joinMs, workers: 1, rttMs: 4, leaveMs: null, backMs: null, vices: {} },
  })
  const volunteers = [volunteer('phone', 2, 0), volunteer('desk', 2000, 50)]
  const { sum } = simulate({ seed: 1, jobs: [job], volunteers, untilMs: 300_000 }).jobs
  expect(sum!.conclusion?.status).toBe('finished')
  expect(sum!.log.at(-1)!.atMs).toBeLessThan(3_000)
})
