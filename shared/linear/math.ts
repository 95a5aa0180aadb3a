/** The scalar mathematics of ℓ1 problems. */

/** Soft threshold S(a, t) = sign(a)·max(|a| − t, 0): the proximal operator of t|·|. */
export function shrink(a: number, t: number): number {
  return a > t ? a - t : a < -t ? a + t : 0
}
