import { describe, expect, test } from 'vitest'
import { specSchema } from '../../../shared/apps/lasso/spec.ts'
import { specSchema as logisticSchema } from '../../../shared/apps/logistic/spec.ts'
import type { Manifest } from '../../../shared/dataset.ts'
import { type JobView, submitSchema } from '../../../shared/protocol.ts'
import { checkDraft, DEFAULT_DRAFT, type Draft, describeSpec, draftOf } from './draft.ts'

const manifest: Manifest = {
  version: 1,
  kind: 'matrix',
  id: 'a'.repeat(64),
  name: 'leukemia',
  rows: 72,
  columns: 7129,
  nonZeros: 513_288,
  constantColumns: 0,
  bytes: 2_053_152,
  shards: [
    {
      hash: 'b'.repeat(64),
      bytes: 2_053_152,
      firstColumn: 0,
      columns: 7129,
      nonZeros: 513_288,
      layout: 'dense',
      valueType: 'f32',
    },
  ],
  target: 'c'.repeat(64),
  targetName: 'y',
  columnNames: null,
  source: 'X.npy.gz',
}

const check = (change: Partial<Draft>) =>
  checkDraft({ ...DEFAULT_DRAFT, dataset: manifest.id, ...change }, [manifest])

describe('what the form accepts, the server accepts', () => {
  test.each<[string, Partial<Draft>]>([
    ['defaults', {}],
    ['the whole of λmax', { ratio: '1' }],
    ['absolute', { mode: 'absolute', lambda: ' 2.5e-3 ' }],
    ['path', { mode: 'path', path: '2' }],
    ['path with cv', { mode: 'path', path: '1000', cv: true, folds: '50' }],
    ['tolerance at both ends', { tol: '1e-12' }],
    ['tolerance at both ends', { tol: '0.1', standardize: false, intercept: false }],
    ['folds left over from another mode', { cv: true, folds: 'x' }],
    ['an elastic net', { l1Ratio: '0.5' }],
    ['names', { name: ' first ', purpose: ' for science ' }],
  ])('%s', (_, change) => {
    const { submit, errors } = check(change)
    expect(errors).toBeNull()
    expect(() => specSchema.parse(submitSchema.parse(submit).spec)).not.toThrow()
  })
})

describe('what the form refuses, the server refuses', () => {
  test.each<[keyof Draft, Partial<Draft>, Record<string, unknown>]>([
    ['ratio', { ratio: '0' }, { lambdaRatio: 0 }],
    ['ratio', { ratio: '1.01' }, { lambdaRatio: 1.01 }],
    ['lambda', { mode: 'absolute', lambda: '-1' }, { lambda: -1 }],
    ['path', { mode: 'path', path: '1' }, { path: 1 }],
    ['path', { mode: 'path', path: '2.5' }, { path: 2.5 }],
    ['folds', { mode: 'path', cv: true, folds: '2' }, { path: 100, cv: 2 }],
    ['folds', { mode: 'path', cv: true, folds: '51' }, { path: 100, cv: 51 }],
    ['l1Ratio', { l1Ratio: '0' }, { lambdaRatio: 0.1, l1Ratio: 0 }],
    ['tol', { tol: '0' }, { lambdaRatio: 0.1, tol: 0 }],
    ['tol', { tol: '0.2' }, { lambdaRatio: 0.1, tol: 0.2 }],
  ])('%s of %j', (field, change, spec) => {
    expect(Object.keys(check(change).errors ?? {})).toEqual([field])
    expect(specSchema.safeParse(spec).success).toBe(false)
  })
})

describe('class weights are those the server takes', () => {
  const draft = { ...DEFAULT_DRAFT, dataset: manifest.id }
  test.each([
    '',
    'balanced',
    '1,3',
    ' 0.5, 2e0 ',
    '1',
    '1,0',
    '1,-1',
    'equal',
    '1,2,3',
    'Infinity,1',
  ])('%j', (classWeight) => {
    const { submit } = checkDraft({ ...draft, classWeight }, [manifest], 'logistic')
    const spec = { lambdaRatio: 0.1, ...(classWeight.trim() !== '' && { classWeight }) }
    expect(submit !== null).toBe(logisticSchema.safeParse(spec).success)
    if (submit) expect(logisticSchema.safeParse(submit.spec).success).toBe(true)
  })
})

test('sentences say what was expected', () => {
  expect(check({ ratio: '' }).errors?.ratio).toBe(
    'Give the share of λmax as a number above 0, up to 1.',
  )
  expect(check({ ratio: '0,1' }).errors?.ratio).toBe('Write 0.1 with a point.')
  expect(check({ dataset: 'gone' }).errors?.dataset).toBe('Choose the dataset to fit.')
  const blind = checkDraft({ ...DEFAULT_DRAFT, dataset: manifest.id }, [
    { ...manifest, target: null },
  ])
  expect(blind.errors?.dataset).toMatch(/“leukemia” has no target y/)
})

test('folds cannot outnumber the rows', () => {
  const few = checkDraft(
    { ...DEFAULT_DRAFT, dataset: manifest.id, mode: 'path', cv: true, folds: '10' },
    [{ ...manifest, rows: 8 }],
  )
  expect(few.errors?.folds).toBe('Give the number of folds as a whole number from 3 to 8.')
})

test('a job becomes a form and the same job again', () => {
  for (const change of [
    {},
    { mode: 'path', cv: true, tol: '1e-4' },
    { intercept: false },
  ] as const) {
    const { submit } = check({ name: 'again', ...change })
    const job = { dataset: manifest, name: 'again', spec: submit!.spec } as unknown as JobView
    expect(checkDraft(draftOf(job), [manifest]).submit).toEqual(submit)
  }
})

test('a spec in a line', () => {
  expect(describeSpec({ lambdaRatio: 0.1 })).toBe('λ = 0.1 λmax')
  expect(describeSpec({ lambda: 0.02 })).toBe('λ = 0.02')
  expect(describeSpec({ path: 100, cv: 10 })).toBe('path of 100 λ, 10-fold cross-validation')
})
