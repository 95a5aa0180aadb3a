/**
 * `kill -9` of the server in the middle of a topic model, twice: tabs come back and go on by
 * themselves, no log loses its beginning, every token of the Bible still has one topic, and the log
 * alone gives the model again, bit for bit.
 */
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ingestFiles } from '../server/cli/dataInput.ts'
import { readRecord } from '../server/io/store/logRecord.ts'
import { setup } from '../server/setup/setup.mjs'
import { modelSchema } from '../shared/apps/lda/infer.ts'
import { startServer, withStore } from './kit/server.ts'
import { openBrowser, openTab, setDuty, tabUntil } from './kit/tabs.ts'
import { figure, World } from './kit/world.ts'
import { projectDir } from './lassoSets.ts'
import { lastJson, shoal } from './shoal.ts'

const kills = 2
/** Sweeps that are seen to be done before each kill. */
const sweepsBetween = 4
/** With lazy tabs the job outlasts both kills, and the return of the slowest tab, on any machine. */
const spec = { topics: 20, sweeps: 100, learnAlpha: true }
const lazyDuty = 10

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const logOf = (dataDir: string, job: string): Promise<string[]> =>
  withStore(dataDir, (store) =>
    [...store.log(job)].map((bytes) => {
      const { seq, lease } = readRecord(bytes)
      return `${seq} ${lease} ${bytes.byteLength}`
    }),
  )

test('a topic model survives two kills of its server', async () => {
  const dataDir = world.folder()
  const path = join(projectDir, 'public/data/kjv/chapters.txt.gz')
  const input = { path, name: 'kjv', kind: 'corpus' as const }
  await ingestFiles(input, dataDir, () => {}, new AbortController().signal)
  let server = await startServer(world, { dataDir })
  const { url, port } = server
  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  const tabs = await Promise.all([1, 2].map(() => openTab(context, url, { duty: lazyDuty })))
  const { id } = await server.api.submit({ app: 'lda', dataset: 'kjv', spec, seed: 1 })

  const logs: string[][] = []
  for (let kill = 0; kill < kills; kill++) {
    const seen = (await server.api.job(id)).values.sweep ?? 0
    const what = `${sweepsBetween} sweeps further than ${seen}`
    await server.jobUntil(id, what, ({ values }) => (values.sweep ?? 0) >= seen + sweepsBetween)
    await server.kill()
    logs.push(await logOf(dataDir, id))
    const before = await Promise.all(
      tabs.map(async (tab) => (await tabUntil(tab, 'open', () => true)).blocks),
    )
    server = await startServer(world, { dataDir, port })
    for (const [k, tab] of tabs.entries())
      await tabUntil(tab, 'computing again', ({ blocks }) => blocks > before[k]!)
  }
  expect((await server.api.job(id)).status).toBe('running')
  for (const tab of tabs) await setDuty(tab, 100)
  const end = await server.finished(id, 120_000)

  const log = await logOf(dataDir, id)
  for (const earlier of logs) expect(log.slice(0, earlier.length)).toEqual(earlier)
  figure(`killed after ${logs.map(({ length }) => length)} of ${log.length} records`)
  expect(end.summary).toMatchObject({ sweeps: spec.sweeps, tokensSampled: end.counters.updates })
  const model = modelSchema.parse(JSON.parse(await server.api.result(id, 'model.json')))
  const tokens = model.totals.reduce((a, b) => a + b, 0)
  expect(tokens).toBe(end.summary!.tokens)
  const byTopic = new Array(spec.topics).fill(0)
  for (const row of model.counts)
    for (let i = 0; i < row.length; i += 2) byTopic[row[i]!] += row[i + 1]!
  expect(byTopic).toEqual(model.totals)

  const ran = await shoal(['replay', id, '--data-dir', dataDir, '--json'])
  expect(ran).toMatchObject({ code: 0 })
  expect(lastJson(ran)).toMatchObject({ equal: true, differing: [] })
  expect(lastJson(ran).compared).toContain('doc_topics.npy')
}, 240_000)
