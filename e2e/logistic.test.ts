/** Logistic regression in real tabs: classes in words, the reference optimum, liars, a killed server, replay. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import * as liars from './kit/liars.ts'
import { ingestSet, startServer } from './kit/server.ts'
import { openBrowser, openTab, setDuty, tabUntil } from './kit/tabs.ts'
import { volunteer } from './kit/volunteer.ts'
import { World } from './kit/world.ts'
import { projectDir } from './lassoSets.ts'
import { logisticSets } from './logisticSets.ts'
import { lastJson, shoal } from './shoal.ts'

/** Leukemia, its classes in words. */
const leukemia = {
  ...logisticSets[0]!,
  target: join(projectDir, 'public/data/leukemia/types.csv'),
}
const reference = leukemia.references[1]!

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const lines = (dir: string, file: string): string[][] =>
  readFileSync(join(dir, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))

test('shoal run logistic ends certified at the reference optimum, with its numbers and files', async () => {
  const out = mkdtempSync(join(tmpdir(), 'shoal-logistic-'))
  try {
    const ran = await shoal(
      [
        ...['run', 'logistic', '--data', leukemia.data, '--target', leukemia.target],
        ...['--lambda-ratio', String(reference.ratio), '--tol', String(reference.tol)],
        ...[...leukemia.flags, '--tabs', '2', '--out', out, '--json'],
      ],
      { timeoutMs: 100_000 },
    )
    expect(ran).toMatchObject({ code: 0 })
    const report = lastJson(ran) as Record<string, number>
    expect(Math.abs(report.objective! / reference.objective - 1)).toBeLessThan(1e-6)
    expect(report.gap).toBeLessThanOrEqual(reference.tol)
    expect(report.lambda! / report.lambdaMax!).toBeCloseTo(reference.ratio, 12)
    expect(Math.abs(report.lambdaMax! / leukemia.lambdaMax - 1)).toBeLessThan(1e-8)
    expect(report).toMatchObject({ auc: 1, accuracy: 1 })
    expect(report.seconds).toBeGreaterThan(0)
    expect(report.summary).toMatchObject({
      classes: { negative: 'ALL', positive: 'AML' },
      confusion: { trueNegatives: 47, falsePositives: 0, falseNegatives: 0, truePositives: 25 },
    })
    const predictions = lines(out, 'predictions.csv')
    expect(predictions[0]).toEqual(['row', 'class', 'probability', 'predicted'])
    expect(predictions).toHaveLength(73)
    for (const [, word, probability, predicted] of predictions.slice(1)) {
      expect(predicted).toBe(word)
      expect(Number(probability) > 0.5).toBe(word === 'AML')
    }
    expect(lines(out, 'coefficients.csv')).toHaveLength(1 + report.nnz!)
    expect(lines(out, 'roc.csv').at(-1)!.slice(0, 2)).toEqual(['1', '1'])
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}, 120_000)

test('the demo says how well patients are told apart that the model has not seen', async () => {
  const ran = await shoal(['demo', 'logistic', '--tabs', '2'], { timeoutMs: 170_000 })
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stdout).toMatch(/ of 7,129 genes are enough/)
  const [, alls, , , amls] = /is ALL +(\d+) +(\d+)\n +is AML +(\d+) +(\d+)\n/.exec(ran.stdout)!
  expect(Number(alls)).toBeGreaterThan(40)
  expect(Number(amls)).toBeGreaterThan(15)
  // The gene that Golub et al. found first: zyxin.
  expect(ran.stdout).toContain('gene 4847 (AML)')
}, 180_000)

test('a path goes on past liars and a killed server, ends certified, and replays bit by bit', async () => {
  const dataDir = world.folder()
  await ingestSet(leukemia, dataDir)
  let server = await startServer(world, { dataDir })
  const { url, port } = server
  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  const tab = await openTab(context, url, { duty: 10 })
  await tabUntil(tab, 'online', ({ link }) => link === 'online')
  const spec = { path: 20, cv: 3, l1Ratio: 0.7, tol: 1e-6 }
  const { id } = await server.api.submit({ app: 'logistic', dataset: 'leukemia', spec, seed: 1 })
  const make: liars.Make = (agent, hello) => volunteer(world, { url, hello: { agent, ...hello } })
  await Promise.all([
    liars.liar(make, 'values', liars.wrongValues),
    liars.liar(make, 'NaN', liars.notFinite),
  ])
  await server.jobUntil(id, 'some way on', ({ counters }) => counters.deltas >= 20, 60_000)
  await server.kill()
  server = await startServer(world, { dataDir, port })
  await setDuty(tab, 100)
  const job = await server.finished(id, 120_000)
  const path = (await server.api.result(id, 'path.csv')).trim().split('\n')
  for (const row of path.slice(1)) expect(Number(row.split(',')[5])).toBeLessThanOrEqual(1e-6)
  const cv = (await server.api.result(id, 'cv.csv')).split('\n')[0]
  expect(cv).toBe('lambda,deviance,standard_error,choice,auc,accuracy')
  expect(job.summary!.auc).toBeGreaterThan(0.9)
  expect(job.summary!.measuredOn).toBe('rows held out, 3 folds')
  const replayed = await shoal(['replay', id, '--data-dir', dataDir, '--json'])
  expect(replayed).toMatchObject({ code: 0 })
  expect(lastJson(replayed)).toMatchObject({ equal: true, differing: [] })
  expect(lastJson(replayed).compared).toContain('predictions.csv')
}, 240_000)
