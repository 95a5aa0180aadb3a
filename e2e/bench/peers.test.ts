/** The contract of a peer, with programs of a few lines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserError } from '../../shared/errors.ts'
import { blocks, datasetOfFamily } from '../../shared/schedule/families.ts'
import { calibrate } from './calibrate.ts'
import { isLinear, type LinearCase, type QualityCase } from './case.ts'
import { CASES } from './cases.ts'
import { openExact } from './exact.ts'
import { writeExchange } from './exchange.ts'
import { parseOptions } from './options.ts'
import { type Peer, type PeerTask, runPeer, runQualityPeer } from './peers.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-peers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const asked: LinearCase = {
  ...CASES.filter(isLinear)[0]!,
  ...{ ratio: 0.5, tol: 1e-6, standardize: false, intercept: false },
}
let task: PeerTask

beforeAll(async () => {
  const dataset = datasetOfFamily(blocks({ seed: 1, rows: 30, columns: 20, groups: 4 }))
  const exact = openExact(dataset, asked)
  const exchange = await writeExchange(dataset, join(folder, 'blocks'))
  task = { case: asked, exact, exchange, timeoutSeconds: 60 }
})

/** A program in JavaScript that finds the parsed task in `task`. */
function peer(name: string, body: string): Peer {
  const path = join(folder, `${name}.mjs`)
  const head = `import fs from 'node:fs'\nconst task = JSON.parse(fs.readFileSync(process.argv[2]))\n`
  writeFileSync(path, head + body)
  const command = [process.execPath, path]
  return { name, command, apps: ['lasso'], tolerance: 1 }
}

/** Coordinate descent until a sweep changes less than the tolerance: a peer with a rule of its own. */
const descent = `
const [n, d] = [task.rows, task.columns]
const floats = (name) => new Float64Array(new Uint8Array(fs.readFileSync(task.folder + '/' + name)).buffer)
const [x, y] = [new Float64Array(n * d), floats('y.bin')]
const starts = new BigInt64Array(new Uint8Array(fs.readFileSync(task.folder + '/starts.bin')).buffer)
const rows = new Int32Array(new Uint8Array(fs.readFileSync(task.folder + '/rows.bin')).buffer)
floats('x.bin').forEach((v, k) => { x[n * columnOf(k) + rows[k]] = v })
function columnOf(k) { let j = 0; while (starts[j + 1] <= k) j++; return j }
const [beta, r] = [new Float64Array(d), y.slice()]
for (let largest = 1; largest > task.tolerance; ) {
  largest = 0
  for (let j = 0; j < d; j++) {
    let [g, q] = [0, 0]
    for (let i = 0; i < n; i++) { g += x[j * n + i] * r[i]; q += x[j * n + i] ** 2 }
    const z = g / n + q / n * beta[j]
    const next = Math.sign(z) * Math.max(0, Math.abs(z) - task.lambda) / (q / n)
    for (let i = 0; i < n; i++) r[i] -= (next - beta[j]) * x[j * n + i]
    largest = Math.max(largest, Math.abs(next - beta[j]))
    beta[j] = next
  }
}
fs.writeFileSync(task.beta, beta)
console.log('some words before the report')
console.log(JSON.stringify({ loadSeconds: 0.02, solveSeconds: 0.01 }))
`

test('a tolerance is found at which the measured gap is small enough', async () => {
  const found = await calibrate(peer('descent', descent), task)
  if ('failed' in found) throw new Error(found.failed)
  expect(found.tolerance).toBeLessThan(1)
  expect(found.run).toMatchObject({ loadSeconds: 0.02, solveSeconds: 0.01 })
  expect(found.run.measured!.gap).toBeLessThanOrEqual(1.05e-6)
  // Asked for too much at first, a peer is let off: the time is that of the gap, not of its zeal.
  const zealous = await calibrate({ ...peer('zealous', descent), tolerance: 1e-8 }, task)
  if ('failed' in zealous) throw new Error(zealous.failed)
  expect(zealous.tolerance).toBeGreaterThan(1e-8)
  expect(zealous.run.measured!.gap).toBeLessThanOrEqual(1.05e-6)
  expect(found.run.measured!.nonZeros).toBeGreaterThan(0)
})

test('what never reaches the gap says how far it came', async () => {
  const zeros = `fs.writeFileSync(task.beta, new Float64Array(task.columns)); console.log('{"solveSeconds":0.1}')`
  const found = await calibrate(peer('zeros', zeros), task)
  expect(found).toEqual({ failed: expect.stringMatching(/^stops at a gap of \d\.\de[-+]\d$/) })
})

test('a search has the time of one run, and says how far it has come', async () => {
  const slow = `${descent}
await new Promise((resolve) => setTimeout(resolve, 10_000 * (task.tolerance < 1e-3)))`
  const late = { ...task, timeoutSeconds: 4 }
  expect(await calibrate(peer('slow', slow), late)).toEqual({
    failed: expect.stringMatching(/^> 4 s \(gap \d\.\de-\d\)$/),
  })
})

test.each([
  ['dies', 'console.error("no such thing"); process.exit(3)', 'no such thing'],
  ['babbles', 'console.log("done")', 'printed no line of JSON'],
  ['forgets', 'console.log(JSON.stringify({ solveSeconds: 1 }))', 'wrote no β'],
  ['hangs', 'setInterval(() => {}, 1000)', '> 1 s'],
])('a peer that %s is reported, not believed', async (name, body, failed) => {
  const timeoutSeconds = name === 'hangs' ? 1 : 60
  expect(await runPeer(peer(name, body), { ...task, timeoutSeconds }, 1)).toEqual({ failed })
})

test('without a certificate a peer is told what Shoal is told, and says how it went', async () => {
  const movies = CASES.find((each): each is QualityCase => each.app === 'mf')!
  const asked = { case: movies, folder: join(folder, 'movies'), threads: 2, timeoutSeconds: 60 }
  const body = `const good = task.flags.includes('--rank') && task.quality === 'testRmse' && task.threads === 2
console.log(JSON.stringify({ loadSeconds: 1, solveSeconds: 2, trajectory: [[1, 1.8], [2, good ? 1.7 : 0]] }))`
  expect(await runQualityPeer(peer('factors', body), asked)).toEqual({
    ...{ loadSeconds: 1, solveSeconds: 2, measured: null },
    trajectory: [
      [1, 1.8],
      [2, 1.7],
    ],
  })
  const silent = peer('silent', 'console.log(JSON.stringify({ solveSeconds: 2 }))')
  expect(await runQualityPeer(silent, asked)).toEqual({ failed: 'reported no trajectory' })
  const odd = peer('odd', 'console.log(JSON.stringify({ solveSeconds: 2, trajectory: [1, 2] }))')
  expect(await runQualityPeer(odd, asked)).toMatchObject({ failed: expect.stringMatching(/^its/) })
})

test('options: defaults, peers by hand, and what is wrong in a sentence', () => {
  expect(parseOptions(['--quick', '--sets', 'leukemia', '--peer', 'a=b c'])).toMatchObject({
    ...{ quick: true, repeats: 1, sets: ['leukemia'], workers: [1, 2] },
    peers: [{ name: 'a', apps: ['lasso', 'logistic'], command: 'b c' }],
  })
  expect(parseOptions(['--peer', 'libmf:mf=x'])!.peers[0]!.apps).toEqual(['mf'])
  const wrongs = [
    ['--apps', 'ridge'],
    ['--repeats', '0'],
    ['--peer', 'x'],
    ['--peer', 'a:b=c'],
  ]
  for (const wrong of [...wrongs, ['--nonsense']])
    expect(() => parseOptions(wrong)).toThrow(UserError)
})
