import { expect, test } from 'vitest'
import { numbersOf, progressOf } from './progress.ts'

const at = (gap: number | undefined, fraction: number | null = null, spec: object = {}) =>
  progressOf({
    fraction,
    spec: { tol: 1e-6, ...spec },
    values: gap === undefined ? {} : { gap },
  })

test('the fraction of the server wins', () => expect(at(1e-3, 0.2)).toBe(0.2))

test('progress is even in the logarithm of the gap', () => {
  expect([2, 1, 1e-3, 1e-6, 1e-9].map((gap) => at(gap))).toEqual([
    0,
    0,
    expect.closeTo(0.5),
    0.99,
    0.99,
  ])
})

test('nothing to go by', () => {
  expect(at(undefined)).toBeNull()
  expect(at(1e-3, null, { path: 100 })).toBeNull()
  expect(at(1e-3, null, { tol: undefined })).toBeNull()
  expect(at(0)).toBeNull()
})

test('a finished job shows the model it reports, a running one what it does now', () => {
  const values = { nnz: 69, lambda: 0.007 }
  const summary = { nnz: 34, lambdaMax: 0.75, convention: 'text', versions: {} }
  expect(numbersOf({ status: 'finished', values, summary })).toEqual({
    nnz: 34,
    lambda: 0.007,
    lambdaMax: 0.75,
  })
  expect(numbersOf({ status: 'running', values, summary: null })).toEqual(values)
})
