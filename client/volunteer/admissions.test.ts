import { expect, test } from 'vitest'
import type { Decision } from '../backends/runner.ts'
import { Admissions } from './admissions.ts'
import type { Decisions } from './decisions.ts'

const gpu: Decision = { use: 'webgpu', from: { rows: 5 }, reason: 'on a GPU' }

/** Workers that write down what they are told, and admissions over them. */
function rig(answer: Promise<Decision>, known: Decisions = {}) {
  const log: string[] = []
  const kept: Decisions[] = []
  const worker = (name: string) => ({
    async decide(app: string, choice: string, given: Decision | null) {
      log.push(`${name}: ${app} ${choice} ${given ? given.reason : 'find out'}`)
      return given ?? answer
    },
  })
  const admissions = new Admissions('auto', known, (all) => kept.push(all))
  return { admissions, log, kept, one: worker('one'), two: worker('two') }
}

test('the first worker finds out, once; the second goes by it', async () => {
  const { admissions, log, kept, one, two } = rig(Promise.resolve(gpu))
  await Promise.all([admissions.admit(one, 'mf'), admissions.admit(two, 'mf')])
  await admissions.admit(two, 'mf')
  expect(log).toEqual(['one: mf auto find out', 'two: mf auto on a GPU'])
  expect(kept).toEqual([{ mf: gpu }])
})

test('apps are found out about one by one', async () => {
  const { admissions, kept, one } = rig(Promise.resolve(gpu))
  await admissions.admit(one, 'mf')
  await admissions.admit(one, 'lasso')
  await expect.poll(() => kept.at(-1)).toEqual({ mf: gpu, lasso: gpu })
})

test('what an earlier visit has found out is not asked again', async () => {
  const { admissions, log, one } = rig(Promise.resolve(gpu), { mf: gpu })
  await admissions.admit(one, 'mf')
  expect(log).toEqual(['one: mf auto on a GPU'])
})

test('a worker that ends while it finds out leaves SIMD to the others, until a reload', async () => {
  const { admissions, log, kept, one, two } = rig(new Promise(() => {}))
  await admissions.admit(one, 'mf')
  const second = admissions.admit(two, 'mf')
  admissions.gone(one)
  await second
  expect(log).toEqual(['one: mf auto find out', 'two: mf auto its test ended the worker'])
  expect(kept).toEqual([])
})
