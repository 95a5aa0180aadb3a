/**
 * `kill -9` of the server in the middle of a factorisation in real tabs: the job goes on by itself,
 * the tabs come back with memories of which the new server knows nothing, and the model is that of a
 * quiet run, bit for bit.
 */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ingestFiles } from '../server/cli/dataInput.ts'
import { setup } from '../server/setup/setup.mjs'
import type { JobView } from '../shared/protocol.ts'
import { shipped } from './kit/files.ts'
import { startServer, type TestServer } from './kit/server.ts'
import { openBrowser, openTab, setDuty, tabUntil } from './kit/tabs.ts'
import { figure, World } from './kit/world.ts'
import { lastJson, shoal } from './shoal.ts'

const kills = 2
const spec = { rank: 16, sweeps: 20, tol: 0, leaseMs: 10 }
/** Lazy tabs make the job outlast the return of the slowest one on any machine. */
const lazyDuty = 10

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const submit = (server: TestServer): Promise<JobView> =>
  server.api.submit({ app: 'mf', dataset: 'films', spec, seed: 7 })

test(`a factorisation killed ${kills} times ends with the same bytes`, async () => {
  const dataDir = world.folder()
  const input = {
    kind: 'ratings',
    name: 'films',
    path: shipped('movietweetings/train.csv.gz'),
  } as const
  const files = { ...input, testPath: shipped('movietweetings/test.csv.gz') }
  await ingestFiles(files, dataDir, () => {}, new AbortController().signal)
  let server = await startServer(world, { dataDir })
  const { url, port } = server
  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  const tabs = await Promise.all([1, 2].map(() => openTab(context, url, { duty: lazyDuty })))
  const { id } = await submit(server)

  const deltasAt: number[] = []
  for (let kill = 0; kill < kills; kill++) {
    const wanted = (deltasAt.at(-1) ?? 0) + 15
    const what = `has ${wanted} deltas`
    const job = await server.jobUntil(id, what, ({ counters }) => counters.deltas >= wanted, 60_000)
    expect(job.status).toBe('running')
    deltasAt.push(job.counters.deltas)
    await server.kill()
    server = await startServer(world, { dataDir, port })
    // What was acknowledged is there, and what comes is new.
    const more = ({ counters }: JobView): boolean => counters.deltas > job.counters.deltas
    await server.jobUntil(id, 'goes on', more, 60_000)
    for (const tab of tabs) await tabUntil(tab, 'is back', ({ link }) => link === 'online')
  }
  for (const tab of tabs) await setDuty(tab, 100)
  const end = await server.finished(id, 120_000)
  const quiet = await server.finished((await submit(server)).id, 120_000)

  for (const name of ['user_factors.npy', 'item_factors.npy'] as const) {
    const [mine, theirs] = await Promise.all(
      [end, quiet].map((job) => server.api.resultBytes(job.id, name)),
    )
    expect(Buffer.compare(mine!, theirs!), name).toBe(0)
  }
  const { objective, testRmse } = quiet.summary as Record<string, number>
  expect(end.summary).toMatchObject({ objective, testRmse, sweeps: spec.sweeps })
  const ran = await shoal(['replay', id, '--data-dir', dataDir, '--json'])
  expect(lastJson(ran)).toMatchObject({ equal: true, differing: [] })

  // Leases of rows that the tabs have need not carry them: whole ones would be several times this.
  const wholeBytes = quiet.counters.leases * 5000 * 4 * (spec.rank + 1)
  expect(quiet.counters.bytesDown).toBeLessThan(wholeBytes)
  const megabytes = (job: JobView): string => (job.counters.bytesDown / 1e6).toFixed(1)
  figure(
    `killed after ${deltasAt.join(' and ')} of ${end.counters.deltas} deltas; ` +
      `${megabytes(end)} MB down, ${megabytes(quiet)} MB in a quiet run`,
  )
}, 240_000)
