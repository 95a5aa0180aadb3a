import { expect, test } from 'vitest'
import {
  formatAgo,
  formatAxisTime,
  formatBytes,
  formatCell,
  formatCount,
  formatDuration,
  formatNumber,
  formatPowerOfTen,
  formatRate,
  formatShare,
  MISSING,
  plural,
} from './format.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [9_996, '10.0 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [1_234_567, '1.23 MB'],
  [2e9, '2.00 GB'],
  [5e18, '5000 PB'],
  [null, MISSING],
  [Number.NaN, MISSING],
])('%s bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [0, '0 ms'],
  [840, '840 ms'],
  [999.7, '1.0 s'],
  [12_340, '12.3 s'],
  [59_960, '1 min 00 s'],
  [245_000, '4 min 05 s'],
  [3_599_600, '1 h 00 min'],
  [11_220_000, '3 h 07 min'],
  [187_200_000, '2 d 4 h'],
  [undefined, MISSING],
])('%s ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

test.each([
  [0, '0'],
  [0.3468585538, '0.346859'],
  [12.5, '12.5'],
  [4.1234567e-7, '4.12346e-7'],
  [-0.00025, '-2.5e-4'],
  [123456.7, '123457'],
  [1e9, '1e9'],
  [Number.POSITIVE_INFINITY, MISSING],
])('%s is written %s', (x, text) => expect(formatNumber(x)).toBe(text))

test('fewer digits', () => expect(formatNumber(4.1234567e-7, 2)).toBe('4.1e-7'))

test('counts, plurals and shares', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567')
  expect(plural(1, 'lease')).toBe('1 lease')
  expect(plural(1200, 'lease')).toBe('1,200 leases')
  expect(formatShare(0, 0)).toBe(MISSING)
  expect(formatShare(0, 10)).toBe('0 %')
  expect(formatShare(1, 10_000)).toBe('< 0.1 %')
  expect(formatShare(31, 1000)).toBe('3.1 %')
  expect(formatShare(1, 3)).toBe('33 %')
})

test.each([
  [0, '0/s'],
  [0.25, '0.25/s'],
  [37.4, '37/s'],
  [1234, '1,234/s'],
  [12_345, '12.3 k/s'],
  [4_200_000, '4.20 M/s'],
  [null, MISSING],
])('%s per second is %s', (rate, text) => expect(formatRate(rate)).toBe(text))

test('a logarithmic axis names powers of ten only', () => {
  expect([1e-4, 1e-12, 1, 10, 1e3, 2e-4, 0].map(formatPowerOfTen)).toEqual([
    '10⁻⁴',
    '10⁻¹²',
    '1',
    '10',
    '10³',
    '',
    '',
  ])
})

test('how long ago', () => {
  const nowMs = 1e12
  const ago = (seconds: number) => formatAgo(nowMs - seconds * 1000, nowMs)
  expect([-5, 10, 60, 600, 3600, 86_400].map(ago)).toEqual([
    'just now',
    'just now',
    '1 min ago',
    '10 min ago',
    '1 h ago',
    '1 d ago',
  ])
})

test('a time axis', () => {
  expect([0, 0.5, 30, 60, 150, 3600, 4500].map(formatAxisTime)).toEqual([
    '0 s',
    '0.5 s',
    '30 s',
    '1:00',
    '2:30',
    '1 h',
    '1:15 h',
  ])
})

test.each([
  ['0.0007642999669484051', '7.643e-4'],
  ['-1.0000000120154129', '-1'],
  ['7.695159100979518e-5', '7.69516e-5'],
  ['0.125', '0.125'],
  ['0123456789', '0123456789'],
  ['Psa96', 'Psa96'],
  [undefined, ''],
])('the cell %s at a glance: %s', (cell, text) => {
  expect(formatCell(cell)).toBe(text)
})
