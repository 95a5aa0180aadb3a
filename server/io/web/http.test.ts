/** Pages, shards, API, metrics: what is open, what is not, and how it says no. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { io as connect } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatasetView, FleetView, JobView } from '../../../shared/protocol.ts'
import { serve } from '../serve.ts'
import { fakeApps } from '../testdata/fakeJob.ts'
import { FakeTab } from '../testdata/fakeTab.ts'
import { freshDir, removeDir } from '../testdata/folders.ts'
import { startServer, type TestServer } from '../testdata/server.ts'

const dir = freshDir()
const pages = join(dir, 'pages')
let server: TestServer

beforeAll(async () => {
  mkdirSync(join(pages, 'assets'), { recursive: true })
  writeFileSync(join(pages, 'index.html'), '<p>volunteer')
  writeFileSync(join(pages, 'dashboard.html'), '<p>dashboard')
  writeFileSync(join(pages, 'assets', 'kernel-1a2b.wasm'), Uint8Array.of(0, 97, 115, 109))
  server = await startServer(join(dir, 'data'), { clientDir: pages })
})
afterAll(async () => {
  await server.close()
  removeDir(dir)
})

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers })
const owner = (): { authorization: string } => ({ authorization: `Bearer ${server.token}` })

async function refusal(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: string }
  expect(error).toMatch(/^[\w.,]+ [^\n]*\.$/)
  return [response.status, error]
}

test('pages are isolated, strict about scripts, and cached by name', async () => {
  for (const [path, text] of [
    ['/', '<p>volunteer'],
    ['/dashboard', '<p>dashboard'],
  ] as const) {
    const page = await get(path)
    expect(await page.text()).toBe(text)
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|upgrade-insecure/)
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(page.headers.get('cache-control')).toBe('no-cache')
  }
  const wasm = await get('/assets/kernel-1a2b.wasm')
  expect(wasm.headers.get('content-type')).toBe('application/wasm')
  expect(wasm.headers.get('cache-control')).toContain('immutable')
  expect((await get('/../owner-token')).status).toBe(404)
  expect((await refusal(await get('/assets/%2e%2e%2f..%2fx')))[1]).toContain('/dashboard')
  expect((await refusal(await get(`/${'a'.repeat(9000)}`)))[0]).toBe(403)
  expect((await get('/dashboard/')).url).toBe(`${server.url}/dashboard`)
})

test('apps are listed with what a launch form needs', async () => {
  const { json } = await server.api('GET', '/apps')
  const counting = (json as { name: string }[]).find(({ name }) => name === 'counting')
  expect(counting).toEqual({
    ...{ name: 'counting', title: 'Counting', purpose: 'Doubles numbers.', dataset: 'matrix' },
    ...{ summaryLine: 'double numbers', flags: [], defaults: { target: 3 } },
  })
})

test('shards are open, immutable and counted; y is not served', async () => {
  const [dataset] = (await server.api('GET', '/datasets')).json as [DatasetView]
  const { hash, bytes } = dataset.manifest.shards[0]!
  const shardBytesServed = async (): Promise<number> =>
    ((await server.api('GET', '/fleet')).json as FleetView).shardBytesServed
  const before = await shardBytesServed()
  const shard = await get(`/shards/${hash}`)
  expect((await shard.arrayBuffer()).byteLength).toBe(bytes)
  expect(shard.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(await shardBytesServed()).toBe(before + bytes)
  const again = await get(`/shards/${hash}`, { 'if-none-match': shard.headers.get('etag')! })
  expect(again.status).toBe(304)
  expect(await shardBytesServed()).toBe(before + bytes)
  expect((await refusal(await get(`/shards/${dataset.manifest.target}`)))[0]).toBe(404)
  expect((await refusal(await get('/shards/zzz')))[0]).toBe(404)
})

test('the API and the metrics want the token; health does not', async () => {
  expect(await (await get('/api/health')).json()).toMatchObject({ ok: true })
  for (const path of ['/api/jobs', '/api/fleet', '/api/urls', '/metrics']) {
    expect((await refusal(await get(path)))[0]).toBe(401)
    expect((await get(path, { authorization: 'Bearer guess' })).status).toBe(401)
    expect((await get(path, owner())).status).toBe(200)
  }
  expect(await (await get('/metrics', owner())).text()).toContain('shoal_volunteers{state="idle"}')
  expect(await (await get('/api/urls', owner())).json()).toEqual({
    volunteer: [server.url],
    dashboard: [`${server.url}/dashboard`],
    secure: false,
  })
  expect(statSync(server.tokenPath).mode & 0o777).toBe(0o600)
  expect(readFileSync(server.tokenPath, 'utf8').trim()).toBe(server.token)
})

test('what is wrong with a request is said in a sentence', async () => {
  const say = async (method: string, path: string, body?: unknown): Promise<[number, string]> => {
    const { status, json } = await server.api(method, path, body)
    return [status, (json as { error: string }).error]
  }
  const job = { app: 'counting', dataset: 'demo', spec: {} }
  expect(await say('POST', '/jobs', { ...job, app: 'magic' })).toEqual([
    400,
    'There is no app "magic"; this server has counting, crashing, picky.',
  ])
  expect((await say('POST', '/jobs', { ...job, dataset: 'nope' }))[1]).toContain('"nope"')
  expect((await say('POST', '/jobs', { ...job, spec: { target: -1 } }))[1]).toContain('target')
  expect((await say('POST', '/jobs', { ...job, spec: { tarket: 1 } }))[1]).toContain('tarket')
  expect((await say('POST', '/jobs', { app: 'counting' }))[1]).toContain('dataset')
  expect(await say('POST', '/jobs', { ...job, app: 'picky' })).toEqual([
    400,
    'The target is constant; choose another column.',
  ])
  // A spec may be left out: what the app says of an empty one is the answer.
  expect((await say('POST', '/jobs', { app: 'picky', dataset: 'demo' }))[1]).toContain('constant')
  expect((await server.api('GET', '/jobs')).json).toEqual([])
  expect((await say('GET', '/jobs/none'))[0]).toBe(404)
  expect((await say('POST', '/jobs/none/pause'))[0]).toBe(404)
  expect((await say('DELETE', '/datasets/none'))[0]).toBe(404)
  const lost = [404, expect.stringMatching(/at GET \/api\/nothing; .* \/api\/jobs/)]
  expect(await say('GET', '/nothing')).toEqual(lost)
  const post = (body: string, type = 'application/json') =>
    fetch(`${server.url}/api/jobs`, {
      ...{ method: 'POST', body, headers: { ...owner(), 'content-type': type } },
    })
  expect((await post('{')).status).toBe(400)
  expect(await refusal(await post('x', 'text/plain'))).toEqual([
    415,
    'The body must be JSON; send it with the header Content-Type: application/json.',
  ])
  expect((await post(`"${'x'.repeat(2e6)}"`)).status).toBe(413)
})

const upload = (path: string, body: BodyInit): Promise<Response> =>
  fetch(`${server.url}/api/datasets${path}`, { method: 'POST', body, headers: owner() })

test('ratings and corpora are uploads of another kind', async () => {
  const ratings = await upload(
    '?filename=r.csv&kind=ratings&holdout=0.5',
    'ann,tea,5\nann,rye,1\nbob,tea,4\nbob,rye,2\nbob,ale,3\ncat,ale,3\ncat,tea,4\ncat,rye,1\n',
  )
  expect(await ratings.json()).toMatchObject({ manifest: { kind: 'ratings', facts: {} } })
  const words = (await (await upload('/target?filename=v.txt', 'tea\nrye\nale\n')).json()) as {
    upload: string
  }
  const corpus = await upload(
    `?filename=c.txt&kind=corpus&vocabUpload=${words.upload}`,
    '2 0:1 1:2\n2 1:3 2:1\n1 0:4\n',
  )
  expect(await corpus.json()).toMatchObject({ manifest: { kind: 'corpus', columns: 3, rows: 3 } })
  for (const name of ['r', 'c']) await server.api('DELETE', `/datasets/${name}`)
  const [status, sentence] = await refusal(await upload('?filename=c.txt&kind=film', 'x'))
  expect([status, sentence.includes('kind')]).toEqual([400, true])
})

test('files are ingested, alone or with y, and deleted unless a job uses them', async () => {
  const made = await upload('?filename=tiny.csv&name=tiny&target=y', 'a,b,y\n1,2,3\n4,5,7\n7,9,2\n')
  expect(made.status).toBe(200)
  expect(await made.json()).toMatchObject({ manifest: { name: 'tiny', rows: 3, columns: 2 } })
  const y = (await (await upload('/target?filename=y.csv', 'y\n1\n2\n5\n')).json()) as {
    upload: string
  }
  const path = `?filename=x.csv&name=two&targetUpload=${y.upload}`
  const two = await upload(path, 'a,b\n1,2\n4,5\n7,9\n')
  expect(await two.json()).toMatchObject({ manifest: { name: 'two', rows: 3, columns: 2 } })
  expect((await refusal(await upload(path, 'a,b\n1,2\n')))[1]).toContain('used once')
  expect((await refusal(await upload('?filename=bad.csv', 'a,b\n1\n')))[0]).toBe(400)
  expect((await refusal(await upload('?filename=bad.csv', '')))[0]).toBe(400)
  expect((await refusal(await upload('', 'a\n1\n')))[1]).toContain('filename')

  const job = (await server.api('POST', '/jobs', { app: 'counting', dataset: 'two', spec: {} }))
    .json as JobView
  expect((await server.api('DELETE', '/datasets/two')).status).toBe(409)
  await server.api('POST', `/jobs/${job.id}/cancel`)
  expect((await server.api('DELETE', '/datasets/two')).json).toEqual({})
  const names = ((await server.api('GET', '/datasets')).json as DatasetView[]).map(
    ({ manifest }) => manifest.name,
  )
  expect(names.sort()).toEqual(['demo', 'tiny'])
})

test('a job can be followed over the owner socket, and its files fetched', async () => {
  const wrong = connect(`${server.url}/owner`, { auth: { token: 'x' }, reconnection: false })
  await new Promise((resolve) => wrong.once('connect_error', resolve))
  const socket = connect(`${server.url}/owner`, { auth: { token: server.token } })
  const fleet = await new Promise((resolve) => socket.once('fleet', resolve))
  expect(fleet).toMatchObject({ total: 0 })
  const statuses: string[] = []
  let lines = 0
  socket.on('job', ({ status }: JobView) => statuses.push(status))
  socket.on('run', ({ lines: more }: { lines: unknown[] }) => {
    lines += more.length
  })
  const job = await server.submit({ target: 2 })
  const ada = new FakeTab(server.url)
  await ada.hello()
  for (let i = 0; i < 2; i++) await ada.settle(await ada.lease())
  await server.jobUntil(job.id, ({ status }) => status === 'finished')
  while (statuses.at(-1) !== 'finished' || lines === 0)
    await new Promise((resolve) => socket.onAny(resolve))
  const file = await get(`/api/jobs/${job.id}/results/sum.csv`, owner())
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="sum.csv"')
  expect(await file.text()).toBe('sum\n2\n')
  const summary = await (await get(`/api/jobs/${job.id}/results/summary.json`, owner())).json()
  expect(summary).toMatchObject({ result: { sum: 2 }, spec: { target: 2 }, job: { id: job.id } })
  const none = await refusal(await get(`/api/jobs/${job.id}/results/x`, owner()))
  expect(none[1]).toContain('sum.csv, run.jsonl, summary.json')
  const run = await get(`/api/jobs/${job.id}/run?max=1`, owner())
  expect(await run.json()).toHaveLength(1)
  expect(Number(run.headers.get('x-total-count'))).toBeGreaterThanOrEqual(1)
  for (const open of [wrong, socket, ada.socket]) open.disconnect()
})

test('a second server on the same data is refused, a busy port too', async () => {
  const options = { host: '127.0.0.1', apps: fakeApps, inline: true }
  await expect(serve({ ...options, port: 0, dataDir: server.dataDir })).rejects.toThrow(
    /Another server \(process \d+, http.*stop it, or choose another/,
  )
  const other = join(dir, 'other')
  await expect(serve({ ...options, port: server.port, dataDir: other })).rejects.toThrow(
    /Port \d+ is in use/,
  )
  const info = JSON.parse(readFileSync(join(server.dataDir, 'server.json'), 'utf8'))
  expect(info).toEqual({ url: server.url, pid: process.pid })
})

test('who guesses at the token is stopped; who has it is not', async () => {
  const guess = () => get('/api/jobs', { authorization: 'Bearer guess' })
  const statuses = new Set<number>()
  for (let k = 0; k < 61; k++) statuses.add((await guess()).status)
  expect(statuses).toEqual(new Set([401, 429]))
  expect(await refusal(await guess())).toEqual([
    429,
    'Too many requests from this address; wait a minute.',
  ])
  expect((await get('/api/jobs', owner())).status).toBe(200)
})
