/**
 * Bad files and bad specs through the real command line: one sentence on stderr that says where and
 * what to do, an exit code that is not 0, and nothing left in the store.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { open } from 'lmdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import { startServer, type TestServer, withStore } from './kit/server.ts'
import { World } from './kit/world.ts'
import { type Ran, shoal } from './shoal.ts'

const world = new World()
let dir: string
let dataDir: string

beforeAll(async () => {
  await setup()
  dir = world.folder()
  dataDir = join(dir, 'data')
}, 300_000)
afterAll(() => world.close())

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

/** A .npy of version 1.0 whose header says what it likes. */
function npy(header: string, body = new Uint8Array(0)): Buffer {
  const text = `${header.padEnd(117)}\n`
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length, 0])
  return Buffer.concat([head, Buffer.from(text), body])
}

/** Blobs, data sets and jobs that stand in the store. */
async function left(): Promise<{ blobs: number; datasets: number; jobs: number }> {
  const counts = await withStore(dataDir, (store) => ({
    datasets: store.datasets().length,
    jobs: store.jobs().length,
  }))
  const root = open({ path: join(dataDir, 'store'), readOnly: true, maxDbs: 16 })
  try {
    const blobs = root.openDB({ name: 'blobs', encoding: 'binary' }).getCount()
    return { blobs, ...counts }
  } finally {
    await root.close()
  }
}

function expectOneSentence(ran: Ran, words: readonly RegExp[]): void {
  expect(ran.stdout).toBe('')
  const lines = ran.stderr.trimEnd().split('\n')
  expect(lines, ran.stderr).toHaveLength(1)
  expect(ran.stderr).toMatch(/\.\n$/)
  for (const word of words) expect(ran.stderr).toMatch(word)
  expect(ran.code).toBe(1)
}

const csv = 'a,b,y\n1,2,3\n4,5,6\n7,9,8\n'
const mtx = '%%MatrixMarket matrix coordinate real general\n3 2 2\n'

/** What is wrong, the file, more flags, and what the sentence must name. */
const files: [string, () => string, string[], RegExp[]][] = [
  [
    'a truncated gzip',
    () => file('cut.csv.gz', gzipSync(csv.repeat(500)).subarray(0, 60)),
    ['--target', 'y'],
    [/cut\.csv\.gz/, /gzip/i, /again|complete|copy/],
  ],
  [
    'ragged rows',
    () => file('ragged.csv', 'a,b,y\n1,2,3\n4,5\n'),
    ['--target', 'y'],
    [/ragged\.csv/, /line 3/],
  ],
  [
    'a cell that is no number',
    () => file('word.csv', 'a,b,y\n1,2,3\n4,blue,6\n'),
    ['--target', 'y'],
    [/line 3/, /blue/, /\bb\b|column 2/],
  ],
  [
    'a missing value',
    () => file('hole.csv', 'a,b,y\n1,2,3\n4,,6\n'),
    ['--target', 'y'],
    [/line 3/, /--impute mean/],
  ],
  [
    'an index 0 in MatrixMarket',
    () => file('zero.mtx', `${mtx}0 1 5\n1 2 4\n`),
    [],
    [/line 3/, /1/],
  ],
  [
    'a constant target',
    () => file('flat.csv', 'a,b,y\n1,2,3\n4,5,3\n7,9,3\n'),
    ['--target', 'y'],
    [/constant/, /\by\b/],
  ],
  [
    'a y shorter than X',
    () => file('long.csv', 'a,b\n1,2\n4,5\n7,9\n'),
    ['--target', 'SHORT'],
    [/short\.csv/, /2/, /3/],
  ],
  ['an empty file', () => file('nothing.csv', ''), ['--target', 'y'], [/nothing\.csv/, /empty/]],
  [
    'a claim of 10 GB in a header',
    () =>
      file('huge.npy', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (50000, 25000), }")),
    [],
    [/huge\.npy/, /ends|short|bytes/],
  ],
  ['a target that is not there', () => file('fine.csv', csv), ['--target', 'z'], [/\bz\b/, /a, b/]],
  ['random bytes', () => file('noise.bin', Buffer.from('ÿþ\u0000\u0001')), [], [/noise\.bin/]],
]

describe('bad files', () => {
  test.each(files)('%s: one sentence, nothing left', async (_what, make, flags, words) => {
    const short = file('short.csv', 'y\n1\n2\n')
    const args = flags.map((flag) => (flag === 'SHORT' ? short : flag))
    const temp = world.folder()
    const ran = await shoal(['ingest', make(), ...args, '--data-dir', dataDir], {
      env: { ...process.env, TMPDIR: temp },
    })
    expectOneSentence(ran, words)
    expect(await left()).toEqual({ blobs: 0, datasets: 0, jobs: 0 })
    expect(readdirSync(temp)).toEqual([])
  })
})

describe('bad specs', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(world, { dataDir })
  })

  const specs: [string, string[], RegExp[]][] = [
    ['λ < 0', ['--lambda', '-1'], [/--lambda -1/, /> 0/]],
    ['λ and a ratio', ['--lambda', '1', '--lambda-ratio', '0.1'], [/--lambda/, /exactly one/]],
    ['no λ at all', [], [/--lambda/, /--path/]],
    ['a dataset nobody knows', ['--lambda-ratio', '0.1'], [/"nobody"/, /ingest/]],
  ]
  test.each(specs)('%s', async (_what, flags, words) => {
    const args = ['submit', 'lasso', '--dataset', 'nobody', ...flags, '--data-dir', dataDir]
    expectOneSentence(await shoal(args), words)
    expect(await left()).toEqual({ blobs: 0, datasets: 0, jobs: 0 })
  })

  test('a bad file sent to a server', async () => {
    const path = file('sent.csv', 'a,b,y\n1,2,3\n4,blue,6\n')
    const at = ['--url', server.url, '--token', server.token]
    const ran = await shoal(['ingest', path, '--target', 'y', ...at])
    const [note, ...rest] = ran.stderr.split('\n')
    expect(note).toMatch(/^sending sent\.csv/)
    expectOneSentence({ ...ran, stderr: rest.join('\n') }, [/sent\.csv/, /line 3/, /blue/])
    expect(await left()).toEqual({ blobs: 0, datasets: 0, jobs: 0 })
    expect(readdirSync(join(dataDir, 'uploads')).filter((name) => !name.startsWith('.'))).toEqual(
      [],
    )
  })

  test('a job that is not there', async () => {
    for (const command of ['status', 'cancel', 'replay']) {
      const ran = await shoal([command, 'nowhere', '--data-dir', dataDir])
      expectOneSentence(ran, [/nowhere/, /shoal status/])
    }
    const ran = await shoal(['remove', 'nothing', '--data-dir', dataDir])
    expectOneSentence(ran, [/nothing/, /shoal datasets/])
  })
})

test('a browser that is none, and a data directory that is a file', async () => {
  const fine = file('fine.csv', csv)
  const run = ['run', 'lasso', '--data', fine, '--target', 'y', '--lambda-ratio', '0.1']
  const env = { ...process.env, SHOAL_BROWSER: process.execPath }
  const ran = await shoal(run, { env })
  const last = ran.stderr.trimEnd().split('\n').at(-1)
  expectOneSentence({ ...ran, stderr: `${last}\n` }, [/did not start/, /SHOAL_BROWSER/])
  expectOneSentence(await shoal([...run, '--data-dir', fine]), [/is a file/, /--data-dir/])
})

test('no server where one is expected', async () => {
  const port = await freePort()
  const at = ['--url', `http://127.0.0.1:${port}`, '--token', 'x']
  for (const command of [['status'], ['submit', 'lasso', '--dataset', 'd', '--lambda', '1']])
    expectOneSentence(await shoal([...command, ...at]), [new RegExp(`:${port}`), /shoal serve/])
})

/** A port where nobody listens: it was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
