import { expect, test } from 'vitest'
import type { Manifest } from '../../../shared/dataset.ts'
import { describeShape, factsOf, spaced } from './kinds.ts'

test('a shape in the words of its kind', () => {
  const shape = { rows: 4206, columns: 1189 }
  expect(describeShape('matrix', shape)).toBe('4,206 rows × 1,189 columns')
  expect(describeShape('ratings', { rows: 1, columns: 2 })).toBe('1 user × 2 items')
  expect(describeShape('corpus', shape)).toBe('1,189 documents × 4,206 words')
  expect(describeShape('examples', shape)).toBe('1,189 examples × 4,206 features')
})

test('facts are read out, those that did not happen left out', () => {
  const manifest = {
    kind: 'ratings',
    constantColumns: 9,
    facts: { ratings: 9, testRatings: 1000, cut: 0, oddOnes: 2 },
  }
  expect(factsOf(manifest as unknown as Manifest)).toEqual([
    '1,000 ratings set apart for the test',
    '2 odd ones',
  ])
  expect(factsOf({ ...manifest, kind: 'matrix', facts: undefined } as unknown as Manifest)).toEqual(
    ['9 constant columns'],
  )
  expect(['sErrorMean', 'log_likelihood', 'nnz'].map(spaced)).toEqual([
    's error mean',
    'log likelihood',
    'nnz',
  ])
})
