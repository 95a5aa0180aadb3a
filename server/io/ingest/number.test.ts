/** Numbers from bytes are the numbers that `Number` reads, and nothing else is a number. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMissing, isValue, parseIndex, parseNumber } from './number.ts'

/** The text inside other bytes, as it stands in a file. */
function parse(text: string): number {
  const bytes = new TextEncoder().encode(`7${text}7`)
  return parseNumber(bytes, 1, bytes.length - 1)
}

const decimal = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.stringMatching(/^\d{0,24}$/),
    fc.constantFrom('', '.'),
    fc.stringMatching(/^\d{0,24}$/),
    fc.constantFrom('', 'e', 'E', 'e-', 'E+'),
    fc.integer({ min: 0, max: 330 }),
  )
  .filter(([, whole, , part]) => whole.length + part.length > 0)
  .map(([sign, whole, point, part, e, power]) => `${sign}${whole}${point}${part}${e}${e && power}`)

describe('parseNumber', () => {
  it('agrees with Number on every decimal', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        expect(parse(text)).toBe(Number(text) + 0)
      }),
      { numRuns: 3000 },
    )
  })

  it('reads back every finite double, in every notation', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(parse(`${x}`)).toBe(x + 0)
        expect(parse(x.toExponential(18))).toBe(Number(x.toExponential(18)) + 0)
        expect(parse(x.toPrecision(17))).toBe(x + 0)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['9007199254740993', '1.000000000000000000e+00', '0.1', '1e23', '4.9e-324', '1.', '.5'])(
    '%s',
    (text) => {
      expect(parse(text)).toBe(Number(text))
    },
  )

  it.each([
    '',
    '-',
    '.',
    'e5',
    '1e',
    '1e+',
    '1e5.0',
    '0x10',
    '1 2',
    '1,5',
    '--1',
    'inf',
    'NaN',
    '1_0',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBeNaN()
  })
})

describe('cells', () => {
  it('tells values from names, and missing from both', () => {
    for (const text of ['1', ' -2.5e3 ', 'NA', '', 'inf', '-Infinity'])
      expect(isValue(text)).toBe(true)
    for (const text of ['age', 'x1', '1,5', '2024-01-01']) expect(isValue(text)).toBe(false)
    for (const text of ['', ' ', 'NaN', 'null', '?']) expect(isMissing(text)).toBe(true)
  })

  it('reads indices', () => {
    const index = (text: string): number =>
      parseIndex(new TextEncoder().encode(text), 0, text.length)
    expect(
      ['0', '17', '4294967296', '', '-1', '1.0', 'qid', '1234567890123456'].map(index),
    ).toEqual([0, 17, 4294967296, -1, -1, -1, -1, -1])
  })
})
