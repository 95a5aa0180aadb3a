/**
 * Chaos: the real engine and fleet under volunteers that join, stall, lie, leave, come back, answer
 * late or twice, messages that overtake each other, and a server that dies. After every step the
 * invariants hold; in the end the sums are exactly right. A failure prints its seed.
 */
import { describe, expect, test } from 'vitest'
import { REFUSALS } from '../../shared/protocol.ts'
import { seededRandom } from '../../shared/random.ts'
import { type Engine, openEngine } from './engine.ts'
import { type SimJob, type SimMoment, type SimOptions, type SimVolunteer, simulate } from './sim.ts'
import { checkSnapshots } from './testdata/snapshots.ts'
import { type SumState, sumApp, sumDataset, sumPush, sumsExpected } from './testdata/sumApp.ts'

const SEEDS = 200
/**
 * A block waits for one deadline of a volunteer that stalls: mostly 4 s, 30 s for a newcomer.
 * The next to get it may stall, too; with several vicious ones in a row that adds up.
 */
const STALL_MAX_MS = 3 * 31_000

function scenario(seed: number): SimOptions {
  const random = seededRandom(seed)
  const job = (k: number): SimJob => ({
    id: `job-${k}`,
    app: sumApp,
    spec: { rounds: 1 + random.below(3), block: 1 + random.below(6), throwAfter: 0 },
    dataset: sumDataset(seed + k, 5, 8 + random.below(60), 1 + random.below(16)),
    push: sumPush,
    seed: seed + k,
    submittedMs: k * 500 * random.next(),
  })
  const volunteer = (k: number): SimVolunteer => {
    const joinMs = 2_000 * random.next()
    const leaveMs = random.below(3) === 0 ? joinMs + 10_000 * random.next() : null
    const backMs = leaveMs !== null && random.below(2) === 0 ? leaveMs + 3_000 : null
    // The first is honest and stays, or nobody might be left to finish.
    const vice = (): number => (k === 0 || random.below(3) > 0 ? 0 : 0.5 * random.next())
    return {
      name: `v${k}`,
      workers: 1 + random.below(4),
      workPerMs: 10 ** (1 + 2 * random.next()),
      rttMs: 100 * random.next() ** 2,
      joinMs,
      leaveMs: k === 0 ? null : leaveMs,
      backMs: k === 0 ? null : backMs,
      vices: { lie: vice(), stall: vice(), late: vice(), twice: vice(), fail: vice() },
    }
  }
  const crashes = random.below(4)
  return {
    seed,
    jobs: Array.from({ length: 1 + random.below(2) }, (_, k) => job(k)),
    volunteers: Array.from({ length: 1 + random.below(8) }, (_, k) => volunteer(k)),
    crashesMs: Array.from({ length: crashes }, () => 6_000 * random.next()).sort((a, b) => a - b),
    diskMs: 10 * random.next(),
    // Half of the seeds live on snapshots: a record takes 12 to 72 bytes.
    ...(seed % 2 === 0 && { snapshotEveryBytes: 200 }),
    untilMs: 3_600_000,
  }
}

/** A variable is in one block at most, and the app agrees with the engine on which are leased. */
function checkLeases(job: string, engine: Engine): void {
  const leased = engine.leases.blocks().flatMap(({ arrays }) => [...arrays.index!])
  if (new Set(leased).size !== leased.length) throw new Error(`${job}: a variable is leased twice`)
  const flags = (engine.state as SumState).leased.reduce((sum, flag) => sum + flag, 0)
  if (flags !== leased.length) throw new Error(`${job}: the app has ${flags} of ${leased.length}`)
}

/** What must hold after every step; throws otherwise. */
function invariants(): (moment: SimMoment) => void {
  const committed = new Set<string>()
  const records = new WeakMap<object, number>()
  const movedMs = new Map<string, number>()
  return ({ job, engine, event, effects, log }) => {
    if (effects.some(({ type }) => type === 'grant' || type === 'ended')) checkLeases(job, engine)
    if (event.type === 'tick' && engine.leases.expired(event.nowMs).length > 0)
      throw new Error(`${job}: a lease outlives its deadline`)
    const answers = effects.filter(({ type }) => type === 'accept' || type === 'refuse').length
    if (answers !== (event.type === 'settled' ? 1 : 0))
      throw new Error(`${job}: ${answers} answers to "${event.type}"`)
    const replies = effects.filter(({ type }) => type === 'grant' || type === 'decline').length
    if (replies !== (event.type === 'offered' ? 1 : 0))
      throw new Error(`${job}: ${replies} replies to "${event.type}"`)

    const appended = effects.flatMap((effect) => (effect.type === 'append' ? [effect.record] : []))
    for (const record of appended) {
      if (record.lease !== null && committed.has(`${job} ${record.lease}`))
        throw new Error(`${job}: lease ${record.lease} was committed twice`)
      committed.add(`${job} ${record.lease}`)
    }
    for (let i = records.get(engine) ?? 0; i < log.length; i++)
      if (log[i]!.seq !== i) throw new Error(`${job}: record ${i} has seq ${log[i]!.seq}`)
    records.set(engine, log.length)

    const lastMs = movedMs.get(job)
    if (appended.length > 0 || engine.status !== 'running' || lastMs === undefined)
      movedMs.set(job, event.nowMs)
    else if (event.nowMs - lastMs > STALL_MAX_MS)
      throw new Error(`${job}: nothing has moved since ${lastMs} ms`)
  }
}

function check(options: SimOptions): ReturnType<typeof simulate> {
  const result = simulate({ ...options, watch: invariants() })
  for (const { id, app, spec, dataset, seed } of options.jobs) {
    const { conclusion, log } = result.jobs[id]!
    expect(conclusion?.status, `${id} at ${result.endMs}`).toBe('finished')
    const { rounds } = spec as SumState['spec']
    expect(conclusion!.results[0]!.text).toBe(sumsExpected(dataset, rounds))
    // The log alone gives the same model, bit for bit.
    const replayed = openEngine({ app, spec, dataset, seed, epoch: 999, log })
    expect(app.results(replayed.state)[0]!.text).toBe(conclusion!.results[0]!.text)
    const logged = new Set(log.map((record) => record.lease))
    for (const lease of result.acknowledged[id]!) expect(logged.has(lease)).toBe(true)
  }
  return result
}

describe('chaos', () => {
  // Five seconds on a free core; a machine that is busy with other tests may take many times that.
  test(`${SEEDS} seeds end with the exact sums`, { timeout: 300_000 }, () => {
    const answers: Record<string, number> = {}
    let snapshots = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        const options = scenario(seed)
        const result = check(options)
        for (const job of options.jobs) snapshots += checkSnapshots(job, result.jobs[job.id]!)
        for (const [answer, count] of Object.entries(result.answers))
          answers[answer] = (answers[answer] ?? 0) + count
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
      }
    }
    expect(snapshots).toBeGreaterThan(SEEDS)
    // The chaos reaches every refusal there is; 'revoked' is what twins hear that were outrun.
    for (const reason of [...REFUSALS, 'accepted'])
      expect(answers[reason], reason).toBeGreaterThan(0)
  })

  test('one seed makes one run', () => {
    const run = (): unknown => {
      const { jobs, answers, steps, endMs } = simulate(scenario(17))
      const logs = Object.values(jobs).map(({ log }) => log)
      return { answers, steps, endMs, logs }
    }
    expect(run()).toEqual(run())
  })
})
