/**
 * push.ts in AssemblyScript: every row of one lease, without leaving WASM.
 *
 * Same mathematics as the reference, with three differences of arithmetic:
 *   gram.as.ts      sums of zzᵀ are in f32 over panels of 64 ratings, and in f64 over panels
 *   here            a row with fewer ratings n than ⅔ of its unknowns is solved by its n × n system,
 *                   x = Zᵀ(ZZᵀ + λI)⁻¹t, which for the many light rows is nearly free
 *   cholesky.as.ts  four rows of the factor at a time
 * Fixed-width SIMD in a fixed order: the same lease gives the same bytes everywhere, and a row the
 * same bytes in whatever block it comes.
 *
 * The caller has checked the lease (kernel.ts). How it is called: table.as.ts.
 *
 * Speed, in million ratings a second (one core of a server CPU, biases on, rows of n ratings each;
 * `npm run bench:kernels`), where the reference solves 0.7 exactly at n = 2000:
 *
 *          als, n = 10    30   200  2000   ccd, 1 pass, n = 200  2000   3 passes, n = 200  2000
 *   K=32            10   7.8    16    21                51    56                35    38
 *   K=64           7.7   4.3   5.7   7.5                26    28                17    19
 *
 * Napkin: a rating costs D(D + 1) operations exactly, and 6D a pass. Multiply-adds alone run at 55
 * Gflop/s here (e2e/bench/kernels/limits.as.ts), 13 M ratings a second at K = 64: rows of 200 and 2000 ratings
 * reach 52 and 62 % of it. Passes are bound by loads and stores, and reach 42 % (three) and 20 %
 * (one, which carries all of the gathering). Rows of 10 are bound by the chain of steps: 15 and 7.8 M.
 */

import { address, lengthOf, pad16 } from '../../table.as'
import { solveCholesky } from './cholesky.as'
import { descendColumns, lineOf, squaresOf, turn4 } from './descend.as'
import { addPanel, copyRow, dotRows, dotWide, PANEL, widthOf } from './gram.as'
import { roundHalf } from './half.as'
import { count, openColumn, otherAt, valueAt } from './row.as'

export { heapBase } from '../../table.as'

// Rows of the table: buffers.ts in order.
const SCALARS: usize = 0
const SLOT: usize = 1
const COLUMN: usize = 2
const OTHERS: usize = 3
const FACTORS: usize = 4
const OFFSETS: usize = 5
const GRAM: usize = 6
const START: usize = 7
const ROWS: usize = 8
const BIAS: usize = 9
const LOSS: usize = 10
const SHARDS: usize = 11
const WORK: usize = 12

// The lease that is being computed: read once, used everywhere.
let K: usize = 0
let D: usize = 0
/** Unknowns and a target, padded to a vector. */
let room: usize = 0
/**
 * Floats from one feature row to the next: `room`, for s and the target; or (ccd) K, padded. Where that is
 * K itself, feature rows are the factors of the lease, which saves a copy of them.
 */
let width: usize = 0
let isInPlace: bool = false
let mean: f64 = 0
let biasScale: f64 = 0
let passes: i32 = 0
let alpha: f64 = 0
let hasBias: bool = false
let isHalf: bool = false

// Scratch, in this order.
let features: usize = 0 //  f32 (r, width)      z of every row of the other side, zeros after it
let positions: usize = 0 // u32 (othersAll)     where in the lease a row is
let panel: usize = 0 //     f32 (PANEL, room)   ratings gathered
let gram: usize = 0 //      f64 (room, room)      normal equations
let vector: usize = 0 //    f64 (room)           right-hand side, then x
let inverse: usize = 0 //   f64 (room)           1 / pivots
let weights: usize = 0 //   f32 (room)          the new row as it travels, zeros after D
let columns: usize = 0 //   f32 (room, line)    a row's ratings turned over, zeros, residual (ccd)

function open(table: usize): void {
  const scalars = address(table, SCALARS)
  K = <usize>load<f64>(scalars)
  hasBias = load<f64>(scalars, 8) == 1
  D = K + <usize>hasBias
  room = widthOf(D + 1)
  mean = load<f64>(scalars, 16)
  biasScale = load<f64>(scalars, 32)
  passes = <i32>load<f64>(scalars, 48)
  width = passes > 0 ? widthOf(K) : room
  isInPlace = passes > 0 && width == K
  alpha = load<f64>(scalars, 56)
  isHalf = load<f64>(scalars, 72) == 1
}

function othersAll(table: usize): usize {
  return <usize>load<f64>(address(table, SCALARS), 64)
}

export function workBytes(table: usize): usize {
  open(table)
  let bytes = featureBytes(table) + pad16(othersAll(table) * 4)
  bytes += PANEL * room * 4 + room * room * 8 + 2 * room * 8 + room * 4
  // Columns, a row of zeros, the residual: a line more than its entries is room for the last two.
  if (passes > 0) bytes += (room + 1) * lineOf(longest(table)) + room * 4
  return bytes
}

function featureBytes(table: usize): usize {
  return isInPlace ? 0 : pad16(lengthOf(table, OTHERS) * width * 4)
}

/** Ratings of the block's longest row. */
function longest(table: usize): usize {
  let most: usize = 0
  for (let v: usize = 0; v < lengthOf(table, SLOT); v++) {
    openRow(table, v)
    most = max(most, count)
  }
  return most
}

export function push(table: usize): void {
  open(table)
  let at = address(table, WORK)
  features = isInPlace ? address(table, FACTORS) : at
  at += featureBytes(table)
  positions = at
  at += pad16(othersAll(table) * 4)
  panel = at
  at += PANEL * room * 4
  gram = at
  at += room * room * 8
  vector = at
  at += room * 8
  inverse = at
  at += room * 8
  weights = at
  at += room * 4
  columns = at
  memory.fill(positions, 0, othersAll(table) * 4)
  memory.fill(weights, 0, room * 4)
  expand(table)
  const scalars = address(table, SCALARS)
  const lambda = load<f64>(scalars, 24)
  const lambdaEach = load<f64>(scalars, 40)
  const m = lengthOf(table, SLOT)
  for (let v: usize = 0; v < m; v++) {
    openRow(table, v)
    const ridge = lambda + lambdaEach * <f64>count
    if (passes > 0) {
      descend(table, v, ridge)
      continue
    }
    if (alpha == 0 && 3 * count < 2 * D) solveDual(table, ridge)
    else solvePrimal(table, ridge)
    finish(table, v)
  }
}

/** Feature rows with their s and their padding, and where each row of the other side has its own. */
function expand(table: usize): void {
  const r = lengthOf(table, OTHERS)
  const others = address(table, OTHERS)
  const factors = address(table, FACTORS)
  for (let p: usize = 0; p < r; p++)
    store<u32>(positions + ((<usize>load<u32>(others + (p << 2))) << 2), <u32>p)
  if (isInPlace) return
  memory.fill(features, 0, r * width * 4)
  for (let p: usize = 0; p < r; p++) {
    const to = features + p * width * 4
    memory.copy(to, factors + p * K * 4, K * 4)
    if (hasBias && passes == 0) store<f32>(to + K * 4, <f32>biasScale)
  }
}

/** Find row v of the block in its shard. */
function openRow(table: usize, v: usize): void {
  const slot = <usize>load<u32>(address(table, SLOT) + (v << 2))
  const column = <usize>load<u32>(address(table, COLUMN) + (v << 2))
  openColumn(<usize>load<u32>(address(table, SHARDS) + (slot << 2)), column)
}

/** Position in the lease of the other row of rating e. */
function positionAt(e: usize): usize {
  return <usize>load<u32>(positions + (otherAt(e) << 2))
}

/** Explicit: a − μ − c. Implicit: the count. */
function targetAt(table: usize, e: usize, p: usize): f64 {
  const t = valueAt(e) - mean
  return hasBias ? t - <f64>load<f32>(address(table, OFFSETS) + (p << 2)) : t
}

/** Normal equations from panels of ratings; the target is one more feature, so that Σ tz comes along. */
function solvePrimal(table: usize, ridge: f64): void {
  memory.fill(gram, 0, width * width * 8)
  if (alpha > 0)
    for (let k: usize = 0; k < K; k++)
      memory.copy(gram + k * width * 8, address(table, GRAM) + k * K * 8, K * 8)
  for (let from: usize = 0; from < count; from += PANEL) {
    const to = min(count, from + PANEL)
    let filled: usize = 0
    for (let e = from; e < to; e++) {
      const p = positionAt(e)
      const t = targetAt(table, e, p)
      const row = panel + filled * width * 4
      if (alpha == 0) {
        copyRow(row, features + p * width * 4, width, 1)
        store<f32>(row + D * 4, <f32>t)
      } else {
        // Not seen: nothing beyond what G holds. Seen: √(αr)·h, and (1 + αr)h when multiplied by t.
        if (t <= 0) continue
        const root = sqrt(alpha * t)
        copyRow(row, features + p * width * 4, width, <f32>root)
        store<f32>(row + D * 4, <f32>((1 + alpha * t) / root))
      }
      filled++
    }
    addPanel(panel, filled, width, D + 1, gram, width)
  }
  for (let k: usize = 0; k < D; k++) {
    store<f64>(vector + (k << 3), load<f64>(gram + (D * width + k) * 8))
    const diagonal = gram + (k * width + k) * 8
    store<f64>(diagonal, load<f64>(diagonal) + ridge)
  }
  solveCholesky(gram, width, D, vector, inverse)
}

/** x = Zᵀ(ZZᵀ + λI)⁻¹t, for few ratings: measured, the two cost the same at n = ⅔D. */
function solveDual(table: usize, ridge: f64): void {
  // `panel` may be shorter than the row: features are read where they are.
  for (let e: usize = 0; e < count; e++) {
    const p = positionAt(e)
    const z = features + p * width * 4
    for (let f: usize = 0; f <= e; f++)
      store<f64>(
        gram + (e * width + f) * 8,
        dotRows(z, features + positionAt(f) * width * 4, width),
      )
    const diagonal = gram + (e * width + e) * 8
    store<f64>(diagonal, load<f64>(diagonal) + ridge)
    store<f64>(vector + (e << 3), targetAt(table, e, p))
  }
  solveCholesky(gram, width, count, vector, inverse)
  // The system is done with: its room takes x, four sums at a time.
  memory.fill(gram, 0, width * 8)
  for (let e: usize = 0; e < count; e++) {
    const z = features + positionAt(e) * width * 4
    const a = f64x2.splat(load<f64>(vector + (e << 3)))
    for (let k: usize = 0; k < width; k += 4) {
      const f = v128.load(z + (k << 2))
      const x = gram + (k << 3)
      const low = f64x2.promote_low_f32x4(f)
      const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(f, f, 1, 1))
      v128.store(x, f64x2.add(v128.load(x), f64x2.mul(a, low)))
      v128.store(x, f64x2.add(v128.load(x, 16), f64x2.mul(a, high)), 16)
    }
  }
  memory.copy(vector, gram, D << 3)
}

/** Passes of coordinate descent: the row's ratings turned over, then descend.as.ts. */
function descend(table: usize, v: usize, ridge: f64): void {
  const line = lineOf(count)
  const bytes = ((count + 15) & ~15) << 2
  // `weights` has room for the bias too; zeros stand in for the ratings that fill the last vectors.
  const zeros = columns + room * line
  const residual = zeros + room * 4
  memory.fill(zeros, 0, room * 4 + bytes)
  for (let e: usize = 0; e < bytes >> 2; e += 4)
    turn4(
      rowAt(e, zeros),
      rowAt(e + 1, zeros),
      rowAt(e + 2, zeros),
      rowAt(e + 3, zeros),
      width,
      columns + (e << 2),
      line,
    )
  for (let e: usize = 0; e < count; e++)
    store<f32>(residual + (e << 2), <f32>targetAt(table, e, positionAt(e)))
  if (hasBias) {
    const column = columns + K * line
    memory.fill(column, 0, bytes)
    for (let e: usize = 0; e < count; e++) store<f32>(column + (e << 2), <f32>biasScale)
  }
  memory.copy(weights, address(table, START) + v * D * 4, D * 4)
  if (hasBias) store<f32>(weights + K * 4, <f32>(<f64>load<f32>(weights + K * 4) / biasScale))
  descendColumns(columns, line, bytes, D, weights, residual, vector, inverse, ridge, passes)
  if (isHalf) {
    // What rounding leaves of the row is summed anew.
    for (let k: usize = 0; k < D; k++)
      store<f64>(vector + (k << 3), <f64>load<f32>(weights + (k << 2)))
    store<f32>(weights + K * 4, 0)
    finish(table, v)
    return
  }
  memory.copy(address(table, ROWS) + v * K * 4, weights, K * 4)
  if (hasBias) {
    const b = biasScale * <f64>load<f32>(weights + K * 4)
    store<f32>(address(table, BIAS) + (v << 2), <f32>b)
  }
  store<f64>(address(table, LOSS) + (v << 3), squaresOf(residual, bytes))
}

/** Features of rating e, or zeros after the last one. */
function rowAt(e: usize, zeros: usize): usize {
  return e < count ? features + positionAt(e) * width * 4 : zeros
}

/** x as it travels, and what it leaves of the row. */
function finish(table: usize, v: usize): void {
  const rows = address(table, ROWS) + v * K * 4
  for (let k: usize = 0; k < K; k++) {
    const x = <f32>load<f64>(vector + (k << 3))
    const w = isHalf ? roundHalf(x) : x
    store<f32>(rows + (k << 2), w)
    store<f32>(weights + (k << 2), w)
  }
  let b = 0.0
  if (hasBias) {
    const rounded = <f32>(biasScale * load<f64>(vector + (K << 3)))
    store<f32>(address(table, BIAS) + (v << 2), rounded)
    b = <f64>rounded
  }
  let loss = 0.0
  for (let e: usize = 0; e < count; e++) {
    const p = positionAt(e)
    const r = targetAt(table, e, p)
    // weights has 0 where the features have s.
    const fit = b + dotWide(weights, features + p * width * 4, width)
    if (alpha == 0) loss += (r - fit) * (r - fit)
    else if (r > 0) loss += (1 + alpha * r) * (1 - fit) * (1 - fit) - fit * fit
  }
  if (alpha > 0) loss += quadratic(address(table, GRAM))
  store<f64>(address(table, LOSS) + (v << 3), loss)
}

/** wᵀGw of the new row. */
function quadratic(g: usize): f64 {
  let total = 0.0
  for (let k: usize = 0; k < K; k++) {
    let sum = 0.0
    for (let l: usize = 0; l < K; l++)
      sum += load<f64>(g + ((k * K + l) << 3)) * <f64>load<f32>(weights + (l << 2))
    total += <f64>load<f32>(weights + (k << 2)) * sum
  }
  return total
}
