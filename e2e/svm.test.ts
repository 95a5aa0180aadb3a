/** A support vector machine by the command line: shipped data, real tabs, against a plain solver. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDataset } from '../server/io/engine/dataset.ts'
import { ingest } from '../server/io/ingest/ingest.ts'
import { memoryStore } from '../server/io/store/memoryStore.ts'
import { setup } from '../server/setup/setup.mjs'
import { svm } from '../shared/apps/svm/app.ts'
import { solvePlainly } from '../shared/apps/svm/testData.ts'
import { csvRows, shipped } from './kit/files.ts'
import { answer, shoal } from './shoal.ts'

const [x, y] = [shipped('leukemia/X.npy.gz'), shipped('leukemia/y.csv')]
const SPEC = { c: 0.001, tol: 1e-6 }

let dir: string
beforeAll(async () => {
  await setup({ browser: true })
  dir = mkdtempSync(join(tmpdir(), 'shoal-svm-'))
}, 300_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('shoal run svm on leukemia', () => {
  let report: Record<string, unknown>
  let out: string
  beforeAll(async () => {
    out = join(dir, 'out')
    const files = ['--data', x, '--target', y, '--out', out, '--data-dir', join(dir, 'data')]
    const spec = ['--c', String(SPEC.c), '--tol', String(SPEC.tol)]
    report = await answer(['run', 'svm', ...files, ...spec, '--tabs', '2'])
  })

  test('ends at the optimum of a plain solver, certified', async () => {
    const store = memoryStore()
    const manifest = await ingest({ path: x, targetPath: y, kind: 'examples' }, store)
    const [optimum] = solvePlainly(openDataset(store, manifest), svm.spec.parse(SPEC))
    const { primal, dual, gap, epochs, seconds } = report as Record<string, number>
    expect(gap).toBeLessThanOrEqual(1e-6)
    expect(gap).toBeCloseTo((primal! - dual!) / primal!, 12)
    expect(Math.abs(primal! / optimum - 1)).toBeLessThan(1.001e-6)
    expect(Math.abs(dual! / optimum - 1)).toBeLessThan(1.001e-6)
    expect(epochs).toBeGreaterThan(1)
    expect(seconds).toBeGreaterThan(0)
    expect(report.dataset).toMatchObject({ kind: 'examples', rows: 7129, columns: 72 })
  })

  test('tells of primal, dual and gap by epoch; the dual never falls', () => {
    const [head, ...rows] = csvRows(out, 'epochs.csv')
    expect(head).toEqual(['epochs', 'primal', 'dual', 'gap'])
    expect(rows.length).toBeGreaterThan(2)
    for (const [k, [, primal, dual, gap]] of rows.entries()) {
      expect(Number(dual)).toBeGreaterThanOrEqual(Number(rows[k - 1]?.[2] ?? 0) * (1 - 1e-12))
      expect(Number(gap)).toBeCloseTo((Number(primal) - Number(dual)) / Number(primal), 9)
    }
  })

  test('hands out weights, support vectors and predictions', () => {
    const labels = csvRows(y).map(([label]) => Number(label))
    const predictions = csvRows(out, 'predictions.csv').slice(1)
    expect(predictions.map(([, label]) => Number(label))).toEqual(labels.slice(-72))
    const right = predictions.filter(([, label, predicted]) => label === predicted)
    expect(report.accuracy).toBe(right.length / 72)
    expect(csvRows(out, 'support_vectors.csv')).toHaveLength(1 + (report.supportVectors as number))
    const square = csvRows(out, 'weights.csv')
      .slice(1)
      .reduce((sum, [, weight]) => sum + Number(weight) ** 2, 0)
    const losses = predictions.reduce(
      (sum, [, label, , score]) => sum + Math.max(0, 1 - Number(label) * Number(score)),
      0,
    )
    expect(0.5 * square + SPEC.c * losses).toBeCloseTo(report.primal as number, 9)
  })

  test('its log gives the same bytes again', async () => {
    const at = ['--data-dir', join(dir, 'data')]
    const replayed = await answer(['replay', String(report.job), ...at])
    expect(replayed).toMatchObject({ equal: true, differing: [] })
    expect(replayed.compared).toContain('weights.csv')
  })
})

test('labels that are no two classes are refused in a sentence', async () => {
  const ran = await shoal(['run', 'svm', '--data', x])
  expect(ran).toMatchObject({ code: 1, stdout: '' })
  expect(ran.stderr).toMatch(/no labels.*--target/)
})
