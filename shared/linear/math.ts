/** The scalar mathematics of ℓ1 problems. */

/** Soft threshold S(a, t) = sign(a)·max(|a| − t, 0): the proximal operator of t|·|. */
export function shrink(a: number, t: number): number {
  return a > t ? a - t : a < -t ? a + t : 0
}

/**
 * ‖v‖_∞, 0 of nothing. By position, because iterators of two kinds of array at one place are slow and
 * leave garbage: 9 instead of 70 µs for 7129 numbers.
 */
export function largestMagnitude(v: Float32Array | Float64Array): number {
  let most = 0
  for (let k = 0; k < v.length; k++) most = Math.max(most, Math.abs(v[k]!))
  return most
}
