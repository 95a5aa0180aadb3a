/** Matrix factorisation by SGD in real tabs: a good error in a second or two, and a log that repeats it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import { World } from './kit/world.ts'
import { projectDir } from './lassoSets.ts'
import { lastJson, shoal } from './shoal.ts'

const world = new World()
beforeAll(() => setup({ browser: true }), 300_000)
afterAll(() => world.close())

const shipped = (name: string): string => join(projectDir, 'public/data/movietweetings', name)

test('films: two tabs share the grid, and what was logged gives the same bytes', async () => {
  const [dir, out] = [world.folder(), world.folder()]
  const files = ['--data', shipped('train.csv.gz'), '--test', shipped('test.csv.gz')]
  // More cells than so few ratings need, and every one computed again.
  const grid = ['--parts', '4', '--blocks', '3', '--audit', '1']
  const kept = ['--data-dir', dir, '--out', out, '--json']
  const ran = await shoal([
    ...['run', 'mfsgd', ...files, ...grid, ...kept],
    ...['--tabs', '2', '--workers', '1', '--epochs', '6'],
  ])
  const report = lastJson(ran) as unknown as Record<string, number | string>
  expect(report).toMatchObject({ status: 'finished', epochs: 6, volunteers: 2, refused: 0 })
  // Always guessing the mean errs by 1.86, and exact rows (mf) by 1.54 at best.
  expect(report.testRmse).toBeLessThan(1.58)
  expect(report.trainRmse).toBeLessThan(report.testRmse as number)
  const factors = readFileSync(join(out, 'user_factors.npy'))
  expect(factors.length).toBe(128 + 16_554 * 32 * 4)
  expect(readFileSync(join(out, 'recommendations.csv'), 'utf8').split('\n', 1)).toEqual([
    'user,rank,item,score',
  ])
  const replayed = await shoal(['replay', String(report.job), '--data-dir', dir, '--json'])
  expect(lastJson(replayed)).toMatchObject({ equal: true, differing: [] })
})
