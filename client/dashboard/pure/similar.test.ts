/** Similar items from the file of factors. */
import { expect, test } from 'vitest'
import { readFactors, similarTo } from './similar.ts'

/** As NumPy and our jobs write it. */
function npy(rows: number[][], descr = '<f4'): Uint8Array {
  const shape = `(${rows.length}, ${rows[0]!.length})`
  const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`
  const text = `${head.padEnd(117)}\n`
  const data = new Uint8Array(Float32Array.from(rows.flat()).buffer)
  return Uint8Array.of(
    ...[0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, text.length, 0],
    ...new TextEncoder().encode(text),
    ...data,
  )
}

test('the smallest angles come first, whatever the lengths', () => {
  const factors = readFactors(
    npy([
      [1, 0],
      [5, 0.1],
      [0.1, 0.1],
      [-1, 0],
      [0, 0],
    ]),
  )
  expect(factors).toMatchObject({ rows: 5, columns: 2 })
  expect(similarTo(factors, 0, 3, () => true)).toEqual([
    { row: 1, likeness: expect.closeTo(0.9998, 4) },
    { row: 2, likeness: expect.closeTo(Math.SQRT1_2, 5) },
    { row: 3, likeness: expect.closeTo(-1, 5) },
  ])
  expect(similarTo(factors, 0, 3, (row) => row !== 1).map(({ row }) => row)).toEqual([2, 3])
})

test('other files are refused', () => {
  expect(() => readFactors(npy([[1, 2]], '<f8'))).toThrow(/not what a job writes/)
  expect(() => readFactors(npy([[1, 2]]).subarray(0, 130))).toThrow(/not what a job writes/)
  expect(() => readFactors(new Uint8Array(0))).toThrow(/not what a job writes/)
})
