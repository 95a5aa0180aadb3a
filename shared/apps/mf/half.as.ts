/** Half precision in f32, as shared/halves.ts does it. */

/** The nearest half, ties to even: adding and taking away cuts off what is below. */
export function roundHalf(x: f32): f32 {
  const size = abs(x)
  if (size > 65504) return copysign<f32>(65504, x)
  // Halves are 2^-24 apart below 2^-14, and 2^-10 of their power of two above.
  const exponent = reinterpret<u32>(size) & 0x7f800000
  const large = max(exponent, <u32>(113 << 23)) + ((<u32>13) << 23)
  const cut = reinterpret<f32>(large) * 1.5
  return copysign<f32>(size + cut - cut, x)
}
