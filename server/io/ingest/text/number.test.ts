/** Numbers read in WebAssembly against `Number`, bit for bit, the hard ones above all. */
import { beforeAll, expect, test } from 'vitest'
import { type Random, seededRandom } from '../../../../shared/random.ts'
import { buildKernels } from '../../../setup/kernels.mjs'
import { openTextKernel, type TextKernel } from './kernel.ts'

let kernel: TextKernel
beforeAll(async () => {
  kernel = openTextKernel((await buildKernels()).find(({ app }) => app === 'text')!.path)
}, 60_000)

/** Null: left to the caller. NaN: another number of bytes was read. */
function read(text: string): number | null {
  kernel.load(Buffer.from(text))
  const to = kernel.exports.readNumber(kernel.from)
  if (to === 0) return null
  return to === kernel.end ? kernel.exports.value.value : Number.NaN
}

/** How many of them were read; each as `Number` reads it, but that −0 is 0. */
function agree(texts: Iterable<string>): number {
  let taken = 0
  for (const text of texts) {
    const x = read(text)
    if (x === null) continue
    taken++
    if (!Object.is(x, Number(text) + 0)) expect.fail(`${text} was read as ${x}`)
  }
  return taken
}

const bits = new BigUint64Array(1)
const float = new Float64Array(bits.buffer)
const word = (random: Random): bigint => (BigInt(random.u32()) << 32n) | BigInt(random.u32())

test('doubles of all magnitudes, written in many ways', () => {
  const random = seededRandom(1)
  const texts: string[] = []
  for (let k = 0; k < 4_000; k++) {
    const exponent = BigInt(1023 - 150 + random.below(300))
    bits[0] = (word(random) & 0x800f_ffff_ffff_ffffn) | (exponent << 52n)
    const x = float[0]!
    texts.push(
      String(x),
      x.toPrecision(17),
      x.toExponential(18),
      x.toPrecision(1 + random.below(18)),
    )
    texts.push((random.next() * 2 - 1).toFixed(random.below(20)))
  }
  expect(agree(texts)).toBeGreaterThan(0.9 * texts.length)
})

test('numbers half way between two doubles, and their neighbours', () => {
  const random = seededRandom(2)
  const texts: string[] = []
  for (let k = 0; k < 4_000; k++) {
    // 53 bits and one more: a half.
    const half = (((1n << 53n) | word(random)) & ((1n << 54n) - 1n)) | 1n
    for (const near of [half - 1n, half, half + 1n]) texts.push(String(near))
    for (const [five, q] of [
      [5n, 1],
      [25n, 2],
      [125n, 3],
      [625n, 4],
    ] as const)
      texts.push(`${half * five}e-${q}`, `${half * five + 1n}e-${q}`, `${half * five - 1n}e-${q}`)
    texts.push(`${word(random) >> BigInt(random.below(64))}e${random.below(120) - 64}`)
  }
  expect(agree(texts)).toBeGreaterThan(0.9 * texts.length)
})

test.each([
  ...['0', '-0', '+0.0', '007', '.5', '-.5e1', '5.', '+5', '1E+5', '1e-5', '1e23', '8.5e22'],
  ...['18446744073709551599', '9007199254740993', '1.000000000000000000e+00', '5e-64', '1e55'],
])('%s is read', (text) => {
  expect(read(text)).toBe(Number(text) + 0)
})

test.each([
  ...['', '-', '.', 'e5', '1e', '1e+', 'nan', 'inf', '--1', '184467440737095516150', '1e-65'],
  ...['1e300', '0x10', '1e00005', '99999999999999999999.5'],
])('%j is left to the caller', (text) => {
  const x = read(text)
  expect(x === null || Number.isNaN(x)).toBe(true)
})
