/** bytes.ts in AssemblyScript: rows of bytes become f32, and again bytes. Sizes are those of the f32. */
import { NORM, SCALE } from './rows.as'

/** Below it a scale has no inverse worth having (bytes.ts). */
const SCALE_MIN: f32 = 7.888609052210118e-31 // 2^-100
const SHARE: f32 = 1 / <f32>127

/** The row as f32, with its squared norm in its state. */
export function readRow(bytes: usize, state: usize, to: usize, rowBytes: usize): void {
  const scale = f32x4.splat(load<f32>(state, SCALE))
  let sums = f32x4.splat(0)
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const eight = i16x8.extend_low_i8x16_s(v128.load32_zero(bytes + (k >> 2)))
    const row = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight)), scale)
    v128.store(to + k, row)
    sums = f32x4.add(sums, f32x4.mul(row, row))
  }
  const two = f32x4.add(sums, v128.shuffle<f32>(sums, sums, 2, 3, 0, 1))
  store<f32>(state, f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1), NORM)
}

/** The inverse, as near as bytes are. */
export function writeRow(row: usize, bytes: usize, state: usize, rowBytes: usize): void {
  let most = f32x4.splat(0)
  for (let k: usize = 0; k < rowBytes; k += 16)
    most = f32x4.max(most, f32x4.abs(v128.load(row + k)))
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1))
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2))
  const scale = f32x4.extract_lane(most, 0) * SHARE
  const isSmall = scale < SCALE_MIN
  store<f32>(state, isSmall ? 0 : scale, SCALE)
  const units = f32x4.splat(isSmall ? 0 : 1 / scale)
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const four = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(row + k), units)))
    const eight = i16x8.narrow_i32x4_s(four, four)
    v128.store32_lane(bytes + (k >> 2), i8x16.narrow_i16x8_s(eight, eight), 0)
  }
}
