/** Memory: the server's over a whole job on real data, a tab's, and what a tab fetches and keeps. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import type { JobView } from '../shared/protocol.ts'
import { ingestSet, startServer, type TestServer } from './kit/server.ts'
import { watchTabs } from './kit/tabMemory.ts'
import { openBrowser, openTab, tabUntil } from './kit/tabs.ts'
import { figure, World } from './kit/world.ts'
import { genotypes, isPresent, leukemia } from './lassoSets.ts'

const MB = 1e6

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

test('the server stays below twice the shards and 200 MB on 1814 × 10346', async ({ skip }) => {
  if (!isPresent(genotypes)) skip(`${genotypes.data} is not there; SHOAL_DATA names its folder`)
  const dataDir = world.folder()
  const { bytes, shards } = await ingestSet(genotypes, dataDir)
  const server = await startServer(world, { dataDir })
  if (server.rssBytesMax() === null) skip('this system does not tell how much memory a process had')
  const memory = watchTabs(process.pid)
  world.defer(() => memory.close())
  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  await Promise.all([openTab(context, server.url), openTab(context, server.url)])
  const { id } = await server.submit(genotypes.name, { lambdaRatio: 0.1 })
  const { summary, counters } = await server.finished(id, 150_000)
  const tabBytes = memory.peakBytes()!
  const reference = genotypes.references[0]!
  const objective = summary!.objective as number
  expect(Math.abs(objective - reference.objective) / reference.objective).toBeLessThan(1e-6)
  const { volunteers } = await server.api.fleet()
  const rssBytes = server.rssBytesMax()!
  figure(
    `${volunteers.map((tab) => tab.cachedShards)} of ${shards.length} shards in the tabs; ` +
      `server at most ${(rssBytes / MB).toFixed(0)} MB with ${(bytes / MB).toFixed(1)} MB of shards; ` +
      `a tab's process at most ${(tabBytes / MB).toFixed(0)} MB; ` +
      `${counters.deltas} deltas`,
  )
  expect(rssBytes).toBeLessThan(2 * bytes + 200 * MB)
  // An empty page of Chromium has about 100 MB, this one three workers and a copy of the shards more.
  expect(tabBytes).toBeGreaterThan(bytes)
  expect(tabBytes).toBeLessThan(2 * bytes + 300 * MB)
}, 240_000)

test('a tab fetches and keeps only shards of the job it works on, each once', async () => {
  const dataDir = world.folder()
  const { shards, bytes } = await ingestSet(leukemia, dataDir)
  const server = await startServer(world, { dataDir })
  const { id: resting } = await submitOther(server)
  await server.api.act(resting, 'pause')
  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  const fetched: string[] = []
  context.on('request', (request) => {
    const hash = /\/shards\/(\w+)$/.exec(request.url())?.[1]
    if (hash) fetched.push(hash)
  })
  const tab = await openTab(context, server.url)
  const { id } = await server.submit('leukemia', { lambdaRatio: 0.1 })
  await server.finished(id, 60_000)
  const { bytesDown } = await tabUntil(tab, 'done', ({ blocks }) => blocks > 0)
  const { volunteers, shardBytesServed } = await server.api.fleet()
  const { cachedShards } = volunteers[0]!
  figure(
    `the tab holds ${cachedShards} of ${shards.length} shards and none of the other data set; ` +
      `${shardBytesServed} shard bytes of ${bytesDown} down`,
  )
  expect(fetched.length).toBeGreaterThan(0)
  expect(new Set(fetched).size).toBe(fetched.length)
  expect(shards.map(({ hash }) => hash)).toEqual(expect.arrayContaining(fetched))
  expect(cachedShards).toBe(fetched.length)
  expect(shardBytesServed).toBeLessThanOrEqual(bytes)
})

/** A job on another data set, which is there to be left alone. */
async function submitOther(server: TestServer): Promise<JobView> {
  const path = join(world.folder(), 'other.csv')
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${(i * 7) % 5},${(i * i) % 11}`)
  writeFileSync(path, `a,b,y\n${rows.join('\n')}\n`)
  await server.api.upload(path, { name: 'other', target: 'y' })
  return server.submit('other', { path: 1000, tol: 1e-12 })
}
