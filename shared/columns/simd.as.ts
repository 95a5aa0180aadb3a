/** Small words of the column kernels. */

/** As type parameters of a loop: with observation weights, or without. */
export type Weighted = f64
export type Unweighted = i32

/** sum + x·y, rounded twice: fused multiply-add exists only as relaxed SIMD, whose bits vary. */
export function fma(sum: v128, x: v128, y: v128): v128 {
  return f64x2.add(sum, f64x2.mul(x, y))
}

/** The sum of eight lanes, in a fixed order. */
export function fold(a: v128, b: v128, c: v128, d: v128): f64 {
  return foldTwo(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)))
}

export function foldTwo(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
}

/** Four f64 of four i32: the first two, the last two. */
export function lowPair(ints: v128): v128 {
  return f64x2.convert_low_i32x4_s(ints)
}

export function highPair(ints: v128): v128 {
  return f64x2.convert_low_i32x4_s(i32x4.shuffle(ints, ints, 2, 3, 2, 3))
}
