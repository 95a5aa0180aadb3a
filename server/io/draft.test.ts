/** What a job cannot begin with is refused before an engine is asked, in a sentence. */
import { beforeAll, expect, test } from 'vitest'
import { apps } from '../../shared/apps/registry.ts'
import { draftJob } from './draft.ts'
import { memoryStore } from './store/memoryStore.ts'
import { fakeDataset } from './testdata/fakeJob.ts'

const store = memoryStore()
beforeAll(async () => {
  await fakeDataset(store, 'table')
})

const draft = (app: string, spec: Record<string, unknown>, dataset = 'table') =>
  draftJob({ app, dataset, spec }, store, apps)

test.each([
  ['svm', 'labelled examples', 'examples'],
  ['mf', 'ratings', 'ratings'],
  ['lda', 'texts', 'corpus'],
])('%s is refused on a table of columns', (app, contents, kind) => {
  expect(() => draft(app, {})).toThrow(
    `${apps[app]!.title} needs ${contents}, and dataset table holds a table of numbers; ` +
      `ingest its file with --kind ${kind}, or choose another dataset.`,
  )
})

test('a dataset of the right kind, with a spec that is right, makes a job', () => {
  const record = draft('lasso', { lambdaRatio: 0.1 })
  expect(record).toMatchObject({ app: 'lasso', status: 'running', name: 'Lasso regression: table' })
})

test.each([
  [{ lambdaRatio: 7 }, 'lambdaRatio: must be ≤ 1.'],
  [{ lambdaRatio: 0.1, tolerance: 1e-9 }, 'there is no field "tolerance".'],
])('%j is refused, field by field', (spec, faults) => {
  expect(() => draft('lasso', spec)).toThrow(`The spec of this lasso job is not right: ${faults}`)
})

test('what is not there is named, with what is', () => {
  expect(() => draft('forest', {})).toThrow(/^There is no app "forest"; this server has .*lasso/)
  expect(() => draft('lasso', {}, 'chair')).toThrow(/no dataset "chair"; .* pick one of: table\.$/)
})
