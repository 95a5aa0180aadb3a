/** Transcripts of one engine: each story is a file in testdata, rewritten with `vitest -u`. */
import { expect, test } from 'vitest'
import { type Engine, type EngineOptions, openEngine, view } from './engine.ts'
import type { EngineEffect, LogRecord } from './events.ts'
import { Story } from './testdata/story.ts'
import { type SumSpec, sumApp, sumDataset, sumPush } from './testdata/sumApp.ts'

const dataset = sumDataset(1, 3, 6, 4)
type Grant = Extract<EngineEffect, { type: 'grant' }>

function open(
  spec: Partial<SumSpec> = {},
  epoch = 1,
  log: LogRecord[] = [],
  more: Pick<EngineOptions, 'snapshot' | 'snapshotEveryBytes'> = {},
): Engine {
  const parsed = sumApp.spec.parse({ block: 3, ...spec })
  return openEngine({ app: sumApp, spec: parsed, dataset, seed: 1, epoch, log, ...more })
}

const offered = (volunteer: string) =>
  ({ type: 'offered', volunteer, rttMs: 20, slots: 2, holds: [0, 1] }) as const

/** Offer a slot and expect a grant. */
function grant(story: Story, engine: Engine, volunteer: string): Grant {
  const effects = story.engine(engine, offered(volunteer))
  return effects.find((effect) => effect.type === 'grant')!
}

/** The event an honest tab answers with. */
function settled({ volunteer, lease, arrays, shards }: Grant) {
  const delta = sumPush(
    arrays,
    shards.map((k) => dataset.shard(k)),
  )
  return { type: 'settled', volunteer, lease, computeMs: 5, arrays: delta } as const
}

const tell = (story: Story, name: string) =>
  expect(story.text()).toMatchFileSnapshot(`testdata/${name}.txt`)

test('a late delta is refused, and its block is computed by someone else', async () => {
  const story = new Story()
  const engine = open()
  const late = grant(story, engine, 'ana')
  story.note('A new volunteer has 30 s. The tick after that gives the block back.')
  story.at(30_000).engine(engine, { type: 'tick' })
  story.at(30_100).engine(engine, { type: 'tick' })
  const first = grant(story, engine, 'bob')
  story.at(30_200).engine(engine, settled(late))
  story.at(30_300).engine(engine, settled(first))
  story.engine(engine, settled(grant(story, engine, 'bob')))
  await tell(story, 'late-delta')
  expect(view(engine).counters).toMatchObject({ leases: 3, deltas: 2, expired: 1, refused: 1 })
})

test('a duplicate delta is refused and changes nothing', async () => {
  const story = new Story()
  const engine = open()
  const first = grant(story, engine, 'ana')
  story.at(50).engine(engine, settled(first))
  story.at(60).engine(engine, settled(first))
  story.engine(engine, { ...settled(first), lease: first.lease + 7 })
  await tell(story, 'duplicate-delta')
  expect(view(engine).counters).toMatchObject({ deltas: 1, updates: 3 })
  // What a tab does not tell counts as its kernel's time.
  expect(view(engine).counters).toMatchObject({ elapsedMs: 50, heldMs: 5, computeMs: 5 })
})

test('every kind of wrong delta has its reason', async () => {
  const story = new Story()
  const engine = open()
  const wrong = {
    'A field is missing': {},
    'A field too many': { change: Float64Array.of(1, 2, 3), more: Uint8Array.of(1) },
    'The wrong type': { change: Float32Array.of(1, 2, 3) },
    'The wrong length': { change: Float64Array.of(1, 2) },
    'Not a number': { change: Float64Array.of(1, Number.NaN, 3) },
    'Wrong values': { change: Float64Array.of(1, 2, 3) },
  }
  for (const [title, arrays] of Object.entries(wrong)) {
    story.note(title)
    const lease = grant(story, engine, 'eve')
    story.engine(engine, { ...settled(lease), arrays })
  }
  story.note('Somebody else’s lease')
  const lease = grant(story, engine, 'ana')
  story.engine(engine, { ...settled(lease), volunteer: 'eve' })
  story.engine(engine, settled(lease))
  await tell(story, 'wrong-delta')
})

test('a volunteer that leaves or gives up frees its blocks at once', async () => {
  const story = new Story()
  const engine = open()
  const lost = grant(story, engine, 'ana')
  const given = grant(story, engine, 'bob')
  story.at(10).engine(engine, offered('cid'))
  story.at(20).engine(engine, { type: 'left', volunteer: 'ana' })
  const { lease, volunteer } = given
  story.engine(engine, { type: 'failed', volunteer, lease, reason: 'hidden' })
  grant(story, engine, 'cid')
  grant(story, engine, 'cid')
  story.note('ana is back and still has its delta.')
  story.at(30).engine(engine, settled(lost))
  story.engine(engine, settled(given))
  await tell(story, 'leaving')
})

test('pause revokes, the clock stands, resume goes on', async () => {
  const story = new Story()
  const engine = open()
  const lost = grant(story, engine, 'ana')
  story.at(1_000).engine(engine, { type: 'paused' })
  story.at(2_000).engine(engine, settled(lost))
  story.engine(engine, offered('ana'))
  story.at(9_000).engine(engine, { type: 'resumed' })
  story.at(9_500).engine(engine, settled(grant(story, engine, 'ana')))
  grant(story, engine, 'ana')
  story.at(9_600).engine(engine, { type: 'cancelled' })
  story.engine(engine, offered('ana'))
  await tell(story, 'pause')
  expect(view(engine).runningMs).toBe(1_600)
})

test('a restart replays the log and fences off the leases of the life before', async () => {
  const story = new Story()
  const before = open({ rounds: 2 })
  const log: LogRecord[] = []
  const keep = (effects: EngineEffect[]): void => {
    for (const effect of effects) if (effect.type === 'append') log.push(effect.record)
  }
  keep(story.engine(before, settled(grant(story, before, 'ana'))))
  const open2 = grant(story, before, 'ana')
  story.at(100)
  keep(story.engine(before, settled(open2)))
  const lost = grant(story, before, 'ana')
  story.note('The server dies. The last record, round 1 complete, did not reach the disk.')
  log.pop()
  const after = open({ rounds: 2 }, 2, log)
  story.at(5_000).engine(after, { type: 'tick' })
  story.engine(after, settled(lost))
  const next = grant(story, after, 'ana')
  story.at(5_050).engine(after, settled(next))
  await tell(story, 'restart')
  expect(after.state).toMatchObject({ round: 2 })
  expect(view(after).counters).toMatchObject({ deltas: 3, volunteers: 1, leases: 3 })
})

test('a snapshot takes the place of the records before it', async () => {
  const story = new Story()
  // A record takes 36 bytes: a snapshot is due behind every third.
  const engine = open({ rounds: 3 }, 1, [], { snapshotEveryBytes: 100 })
  const effects: EngineEffect[] = []
  // Copied at once, as a host writes them: a snapshot's arrays are the state's own.
  for (const volunteer of ['ana', 'bob', 'ana', 'bob', 'ana'])
    effects.push(...structuredClone(story.engine(engine, settled(grant(story, engine, volunteer)))))
  const log = effects.flatMap((effect) => (effect.type === 'append' ? [effect.record] : []))
  const [snapshot, ...more] = effects.flatMap((effect) =>
    effect.type === 'snapshot' ? [effect.snapshot] : [],
  )
  if (!snapshot || more.length > 0) throw new Error(`${more.length} more snapshots`)
  story.note('The server dies; what comes back reads the snapshot and the records behind it.')
  const rest = log.slice(snapshot.seq)
  expect(rest.length).toBeGreaterThan(0)
  const again = open({ rounds: 3 }, 2, rest, { snapshot, snapshotEveryBytes: 100 })
  const whole = open({ rounds: 3 }, 2, log)
  expect(view(again)).toEqual(view(whole))
  for (let k = 0; again.status === 'running' && k < 10; k++)
    story.engine(again, settled(grant(story, again, 'cid')))
  await tell(story, 'snapshot')
  expect(view(again).counters).toMatchObject({ deltas: 6, volunteers: 3 })
  expect(() => open({ rounds: 3 }, 3, log, { snapshot })).toThrow(/record 0 where record/)
})

test('an app that throws fails its job, and every question is still answered', async () => {
  const story = new Story()
  const engine = open({ throwAfter: 1 })
  const first = grant(story, engine, 'ana')
  const second = grant(story, engine, 'bob')
  story.at(10).engine(engine, settled(first))
  story.engine(engine, settled(second))
  story.engine(engine, offered('ana'))
  await tell(story, 'app-throws')
  expect(view(engine)).toMatchObject({ status: 'failed', progress: { phase: 'round 1/1' } })
})

test('reports come at most every 250 ms, and running time goes on after a restart', () => {
  const engine = open({ block: 1 })
  const reports: number[] = []
  const story = new Story()
  for (let nowMs = 0; nowMs < 1_000; nowMs += 50) {
    const effects = story.at(nowMs).engine(engine, offered('ana'))
    if (effects.some((effect) => effect.type === 'report')) reports.push(nowMs)
    story.engine(engine, { type: 'left', volunteer: 'ana' })
  }
  expect(reports).toEqual([0, 250, 500, 750])
  const log = [{ ...record(0), atMs: 700 }]
  const parsed = sumApp.spec.parse({})
  const options = { app: sumApp, spec: parsed, dataset, seed: 1, epoch: 2, log }
  expect(view(openEngine({ ...options, runningMs: 900 })).runningMs).toBe(900)
  expect(view(openEngine({ ...options, runningMs: 600 })).runningMs).toBe(700)
  expect(() => openEngine({ ...options, log: [record(1)] })).toThrow('record 1 where record 0')
})

function record(seq: number): LogRecord {
  const about = { lease: 1, volunteer: 'ana', updates: 1, computeMs: 1, note: null }
  const arrays = { index: Uint32Array.of(0), change: Float64Array.of(1) }
  return { seq, atMs: 0, ...about, arrays }
}

test('a block that all others wait for is leased twice; the first delta counts', async () => {
  const story = new Story()
  const engine = open()
  const slow = grant(story, engine, 'ana')
  story.at(30).engine(engine, settled(grant(story, engine, 'bob')))
  story.note('Too early for a second opinion; a tenth of a second later it is not.')
  story.at(60).engine(engine, offered('bob'))
  const twin = grant(story.at(150), engine, 'bob')
  expect(twin.arrays).toEqual(slow.arrays)
  story.note('Twice is enough.')
  story.at(300).engine(engine, offered('eve'))
  story.at(310).engine(engine, settled(twin))
  story.at(320).engine(engine, settled(slow))
  await tell(story, 'tail')
  expect(view(engine)).toMatchObject({ status: 'finished' })
  expect(view(engine).counters).toMatchObject({ leases: 3, deltas: 2, refused: 1 })
})

test('twins: the first may win, one may go; the block is free when both have gone', () => {
  const both = () => {
    const story = new Story()
    const engine = open({ rounds: 2 })
    const first = grant(story, engine, 'ana')
    story.engine(engine, settled(grant(story, engine, 'bob')))
    const second = grant(story.at(150), engine, 'bob')
    return { story, engine, first, second }
  }
  const won = both()
  const effects = won.story.engine(won.engine, settled(won.first))
  expect(effects).toContainEqual(expect.objectContaining({ type: 'revoke', volunteer: 'bob' }))
  const left = both()
  left.story.engine(left.engine, { type: 'left', volunteer: 'ana' })
  expect(grant(left.story, left.engine, 'eve')).toBeUndefined()
  left.story.engine(left.engine, settled(left.second))
  expect(view(left.engine).counters.deltas).toBe(2)
  const gone = both()
  gone.story.engine(gone.engine, { type: 'left', volunteer: 'ana' })
  gone.story.engine(gone.engine, { type: 'left', volunteer: 'bob' })
  expect(grant(gone.story, gone.engine, 'eve').arrays.index).toEqual(gone.first.arrays.index)
})
