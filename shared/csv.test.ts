/** Result files: names of columns are what people wrote, and may hold anything. */
import { expect, test } from 'vitest'
import { parseCsv } from '../client/dashboard/pure/csv.ts'
import { csv } from './csv.ts'

test('names that hold commas, quotes and line breaks come back as they were', () => {
  const names = ['plain', 'a, b', 'a "b"', 'two\nlines', '']
  const { text, mediaType } = csv('means.csv', [['name', 'mean'], ...names.map((n) => [n, 0.5])])
  expect(mediaType).toBe('text/csv')
  expect([...parseCsv(text)]).toEqual([['name', 'mean'], ...names.map((n) => [n, '0.5'])])
})

test('what is not defined is left empty, infinity is not', () => {
  expect(csv('x.csv', [[Number.NaN, Infinity, -0.5]]).text).toBe(',Infinity,-0.5\n')
})
