/**
 * Half precision (IEEE 754 binary16): numbers of 11 bits, for what may be that rough and should be small.
 *
 * A number is rounded to the nearest half, ties to even, by arithmetic that is exact everywhere: the
 * kernels do the same in f32. What is too large for a half becomes the largest there is, 65 504.
 */

export const HALF_MAX = 65_504
/** Below it halves are evenly spaced, 2^-24 apart. */
const NORMAL_MIN = 2 ** -14

/** The nearest half of an f32. */
export function roundHalf(x: number): number {
  const size = Math.abs(x)
  if (size > HALF_MAX) return Math.sign(x) * HALF_MAX
  const unit = size < NORMAL_MIN ? 2 ** -24 : 2 ** (Math.floor(Math.log2(size)) - 10)
  const steps = x / unit
  const below = Math.floor(steps)
  const rest = steps - below
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0)
  return Math.min(HALF_MAX, (below + Number(up)) * unit)
}

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** Their bits, of numbers that are halves (any other is rounded first). */
export function toHalves(numbers: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(numbers.length)
  for (let k = 0; k < halves.length; k++) halves[k] = bitsOf(numbers[k]!)
  return halves
}

function bitsOf(x: number): number {
  single[0] = x
  let word = bits[0]!
  const sign = (word >>> 16) & 0x8000
  // Not exact in eleven bits.
  if ((word & 0x1fff) !== 0 || Math.abs(x) < NORMAL_MIN || Math.abs(x) > HALF_MAX) {
    single[0] = roundHalf(x)
    word = bits[0]!
  }
  const size = Math.abs(single[0]!)
  if (size < NORMAL_MIN) return sign | (size * 2 ** 24)
  return sign | (((word & 0x7fffffff) >>> 13) - (112 << 10))
}

/** The inverse of toHalves. */
export function fromHalves(halves: Uint16Array): Float32Array {
  const numbers = new Float32Array(halves.length)
  const words = new Uint32Array(numbers.buffer)
  for (let k = 0; k < halves.length; k++) {
    const half = halves[k]!
    const rest = half & 0x7fff
    // Infinity and NaN stay what they are, so that whoever checks for them finds them.
    const size = rest >= 0x7c00 ? ((rest << 13) | 0x7f800000) >>> 0 : (rest << 13) + (112 << 23)
    if (rest >= 0x400) words[k] = (((half & 0x8000) << 16) | size) >>> 0
    else numbers[k] = (half & 0x8000 ? -1 : 1) * rest * 2 ** -24
  }
  return numbers
}
