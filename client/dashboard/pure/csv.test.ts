import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coefficientPaths, largestCoefficients, numericColumns, parseCsv } from './csv.ts'

test('quotes, doubled quotes, both line ends, no line end at the end', () => {
  expect([...parseCsv('a,"b,c"\r\n"say ""hi""",\nx,y')]).toEqual([
    ['a', 'b,c'],
    ['say "hi"', ''],
    ['x', 'y'],
  ])
})

test('reads back whatever was quoted', () => {
  const cell = fc.string({ maxLength: 8 })
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 })
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(rows, (table) => {
      const text = table.map((row) => row.map(quote).join(',')).join('\n')
      expect([...parseCsv(text)]).toEqual(table)
    }),
    { seed: 3 },
  )
})

test('the largest coefficients by magnitude, without the intercept', () => {
  const text = 'name,value\n(intercept),9\na,0.5\nb,-2\nc,0\n"d,e",1\nf,0.25\n'
  expect(largestCoefficients(text, 3)).toEqual({
    largest: [
      { name: 'b', value: -2 },
      { name: 'd,e', value: 1 },
      { name: 'a', value: 0.5 },
    ],
    intercept: 9,
    nonZeros: 4,
    total: 5,
  })
})

test('numeric columns by name', () => {
  const columns = numericColumns('lambda,nnz,note\n1,0,x\n0.5,3,\n')
  expect(columns.get('lambda')).toEqual([1, 0.5])
  expect(columns.get('nnz')).toEqual([0, 3])
  expect(columns.get('note')).toEqual([null, null])
})

test('coefficient paths: ascending λ, zero outside the model, largest first', () => {
  const text = 'lambda,name,value\n1,a,0.1\n0.5,a,0.2\n0.5,b,-3\n0.5,c,0.01\n'
  expect(coefficientPaths(text, [2, 1, 0.5], 2)).toEqual({
    lambda: [0.5, 1, 2],
    paths: [
      { name: 'b', values: [-3, 0, 0] },
      { name: 'a', values: [0.2, 0.1, 0] },
    ],
    total: 3,
  })
})
