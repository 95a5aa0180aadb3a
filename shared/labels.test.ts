/** Labels as they come: any two numbers, two words; anything else is refused in a sentence. */
import { expect, test } from 'vitest'
import type { Dataset } from './app.ts'
import { UserError } from './errors.ts'
import { twoClasses } from './labels.ts'

const datasetOf = (y: number[] | null, targetLabels?: string[]): Dataset =>
  ({
    manifest: { name: 'tea', targetName: 'kind', ...(targetLabels && { targetLabels }) },
    target: y && Float64Array.from(y),
  }) as unknown as Dataset

test.each([
  [
    [0, 1, 1],
    ['0', '1'],
  ],
  [
    [-1, 1, 1],
    ['-1', '1'],
  ],
  [
    [1, 2, 2],
    ['1', '2'],
  ],
])('%j', (y, names) => {
  const classes = twoClasses(datasetOf(y), 'It')
  expect([...classes.sign]).toEqual([-1, 1, 1])
  expect(classes.names).toEqual(names)
})

test('two words', () => {
  expect(twoClasses(datasetOf([1, 0], ['black', 'green']), 'It')).toEqual({
    sign: Float64Array.of(1, -1),
    names: ['black', 'green'],
  })
})

test.each([
  [null, /no target.*--target/],
  [[1, 1], /every example has the same kind of dataset tea: 1\./],
  [[0, 1, 2], /It tells two classes apart, but kind of dataset tea has 3 values \(0, 1, 2\)/],
  [[1, 2, 3, 4, 5, 6, 7], /7 values \(1, 2, 3, 4, 5, …\)/],
])('%j is refused', (y, message) => {
  expect(() => twoClasses(datasetOf(y), 'It')).toThrow(UserError)
  expect(() => twoClasses(datasetOf(y), 'It')).toThrow(message)
})
