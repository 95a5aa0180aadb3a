/**
 * extrapolate.ts in AssemblyScript: same steps in the same order, on memory that the caller lends.
 *
 * Per K sweeps it reads (K² + 5K)/2 times n and s numbers and s more per halving, against 2K·s columns of
 * the sweeps themselves: at K = 3 and 25 entries a column a tenth of the time, elsewhere little.
 *
 * Memory: the last iterate, K differences and their combination, each of β (s) and ρ (n); 1/w (n) where
 * there are weights; K·(K + 2) numbers for the small system.
 */
import { f64At, u32At } from '../table.as'

const RIDGE: f64 = 1e-8
const ROUNDING_SHARE: f64 = 1e-2
const STRETCH_MAX: f64 = 4
const HALVINGS: i32 = 16

let depth: usize = 0
let held: usize = 0
let n: usize = 0
let size: usize = 0
/** Bytes of one record: β (s, then a place that pads), ρ (n). */
let record: usize = 0
let rhoAt: usize = 0
let list: usize = 0
let base: usize = 0
let inverse: usize = 0
let weights: usize = 0
let threshold: f64 = 0
let ridge: f64 = 0

export function extrapolationBytes(k: usize, variables: usize, rows: usize, weighted: bool): usize {
  if (k == 0) return 0
  const numbers = (k + 2) * (variables + 1 + rows) + (weighted ? rows : 0) + k * (k + 2)
  return numbers << 3
}

/** Once per lease: what P is made of. w is (n) or 0. */
export function openModel(room: usize, k: usize, rows: usize, w: usize, t1: f64, t2: f64): void {
  depth = k
  n = rows
  base = room
  weights = w
  threshold = t1
  ridge = t2
  inverse = 0
  if (depth == 0 || w == 0) return
  inverse = base
  base += n << 3
  for (let i: usize = 0; i < n; i++) {
    const v = f64At(w, i)
    store<f64>(inverse + (i << 3), v == 0 ? 0 : 1 / v)
  }
}

/** From here on `count` variables are swept, those of the list (u32). */
export function openExtrapolation(
  variables: usize,
  count: usize,
  beta: usize,
  r: usize,
  offset: f64,
): void {
  if (depth == 0) return
  list = variables
  size = count
  rhoAt = ((count + 1) & ~1) << 3
  record = rhoAt + (n << 3)
  held = 0
  for (let k: usize = 0; k < size; k++) store<f64>(base + (k << 3), f64At(beta, u32At(list, k)))
  for (let i: usize = 0; i < n; i++) store<f64>(base + rhoAt + (i << 3), rhoOf(r, offset, i))
}

function rhoOf(r: usize, offset: f64, i: usize): f64 {
  return f64At(r, i) + offset * (weights ? f64At(weights, i) : 1)
}

/** After every sweep. β and r may be moved. */
export function extrapolate(beta: usize, r: usize, offset: f64): void {
  if (depth == 0) return
  keep(beta, r, offset)
  if (held < depth) return
  held = 0
  if (!coefficients()) return
  combine()
  advance(beta, r)
}

/** Step k of the last K; behind them their combination. */
function step(k: usize): usize {
  return base + (k + 1) * record
}

/** What the sweep has changed, and the iterate it has led to. */
function keep(beta: usize, r: usize, offset: f64): void {
  const to = step(held)
  for (let k: usize = 0; k < size; k++) {
    const b = f64At(beta, u32At(list, k))
    store<f64>(to + (k << 3), b - f64At(base, k))
    store<f64>(base + (k << 3), b)
  }
  const last = base + rhoAt
  for (let i: usize = 0; i < n; i++) {
    const rho = rhoOf(r, offset, i)
    store<f64>(to + rhoAt + (i << 3), rho - f64At(last, i))
    store<f64>(last + (i << 3), rho)
  }
  held++
}

function dotOf(a: usize, b: usize, count: usize): f64 {
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  const whole = a + ((count >> 2) << 5)
  while (a < whole) {
    even = f64x2.add(even, f64x2.mul(v128.load(a), v128.load(b)))
    odd = f64x2.add(odd, f64x2.mul(v128.load(a, 16), v128.load(b, 16)))
    a += 32
    b += 32
  }
  const both = f64x2.add(even, odd)
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
  for (let k: usize = 0; k < (count & 3); k++) sum += f64At(a, k) * f64At(b, k)
  return sum
}

/** Σ a_i b_i / w_i of the ρ of two records. */
function product(a: usize, b: usize): f64 {
  a += rhoAt
  b += rhoAt
  if (!inverse) return dotOf(a, b, n)
  let sum = 0.0
  for (let i: usize = 0; i < n; i++) sum += f64At(a, i) * f64At(b, i) * f64At(inverse, i)
  return sum
}

function inner(a: usize, b: usize): f64 {
  return product(a, b) + (ridge > 0 ? ridge * dotOf(a, b, size) : 0)
}

function system(): usize {
  return step(depth + 1)
}

/** α, behind the system's matrix; false if it is singular. */
function coefficients(): bool {
  const k = depth
  const l = system()
  const unit = l + ((k * k) << 3)
  const z = unit + (k << 3)
  for (let p: usize = 0; p < k; p++) {
    const own = inner(step(p), step(p))
    const scale = own > 0 ? 1 / Math.sqrt(own) : 0
    store<f64>(unit + (p << 3), scale)
    for (let q: usize = 0; q <= p; q++) {
      let sum = p == q ? own * scale * scale + RIDGE : 0
      if (p != q) sum = inner(step(p), step(q)) * scale * f64At(unit, q)
      for (let t: usize = 0; t < q; t++) sum -= f64At(l, p * k + t) * f64At(l, q * k + t)
      if (p == q && !(sum > 0)) return false
      store<f64>(l + ((p * k + q) << 3), p == q ? Math.sqrt(sum) : sum / f64At(l, q * k + q))
    }
    let value = -scale * slope(step(p))
    for (let t: usize = 0; t < p; t++) value -= f64At(l, p * k + t) * f64At(z, t)
    store<f64>(z + (p << 3), value / f64At(l, p * k + p))
  }
  for (let down: usize = k; down > 0; down--) {
    const p = down - 1
    let value = f64At(z, p)
    for (let t: usize = p + 1; t < k; t++) value -= f64At(l, t * k + p) * f64At(z, t)
    store<f64>(z + (p << 3), value / f64At(l, p * k + p))
  }
  for (let p: usize = 0; p < k; p++) store<f64>(z + (p << 3), f64At(z, p) * f64At(unit, p))
  return true
}

/** How P changes along a step at first, where only coefficients that are not 0 count. */
function slope(d: usize): f64 {
  let sum = 0.0
  for (let k: usize = 0; k < size; k++) {
    const b = f64At(base, k)
    const sign = b > 0 ? threshold : b < 0 ? -threshold : 0
    sum += f64At(d, k) * (sign + ridge * b)
  }
  return sum + product(base, d)
}

/** α (K). */
function alphaAt(): usize {
  return system() + ((depth * depth + depth) << 3)
}

/** Σ|α|, by which the rounding of ρ has been enlarged. */
function sizeOfAlpha(): f64 {
  let sum = 0.0
  for (let p: usize = 0; p < depth; p++) sum += abs(f64At(alphaAt(), p))
  return sum
}

/** The direction: Σ α_k of the steps. */
function combine(): void {
  const alpha = alphaAt()
  const out = step(depth)
  memory.fill(out, 0, record)
  for (let p: usize = 0; p < depth; p++) {
    const a = f64x2.splat(f64At(alpha, p))
    const from = step(p)
    for (let at: usize = 0; at + 16 <= record; at += 16)
      v128.store(out + at, f64x2.add(v128.load(out + at), f64x2.mul(a, v128.load(from + at))))
    if (record & 15) {
      const at = record - 8
      store<f64>(out + at, load<f64>(out + at) + f64At(alpha, p) * load<f64>(from + at))
    }
  }
}

/** Go along the direction as far as P falls. */
function advance(beta: usize, r: usize): void {
  const d = step(depth)
  const t = search(d)
  if (t == 0) return
  for (let k: usize = 0; k < size; k++) {
    const b = f64At(base, k) + t * f64At(d, k)
    store<f64>(base + (k << 3), b)
    store<f64>(beta + ((<usize>u32At(list, k)) << 3), b)
  }
  for (let i: usize = 0; i < n; i++) {
    const at = i << 3
    const move = t * f64At(d + rhoAt, i)
    store<f64>(base + rhoAt + at, f64At(base + rhoAt, i) + move)
    store<f64>(r + at, f64At(r, i) + move)
  }
}

/** Σ d_k sign(β_k + t d_k), to the right of t. */
function signed(d: usize, t: f64): f64 {
  let sum = 0.0
  for (let k: usize = 0; k < size; k++) {
    const v = f64At(d, k)
    const b = f64At(base, k) + t * v
    sum += b > 0 ? v : b < 0 ? -v : abs(v)
  }
  return sum
}

/** How far along the direction P falls; 0: it does not. */
function search(d: usize): f64 {
  const squares = product(d, d)
  const rounding = (f64.EPSILON * sizeOfAlpha() * product(base, base)) / Math.sqrt(<f64>n)
  if (rounding > ROUNDING_SHARE * squares) return 0
  const curvature = squares + (ridge > 0 ? ridge * dotOf(d, d, size) : 0)
  const start = inner(base, d)
  if (!(start + threshold * signed(d, 0) < 0)) return 0
  if (start + STRETCH_MAX * curvature + threshold * signed(d, STRETCH_MAX) <= 0) return STRETCH_MAX
  let low = 0.0
  let high = STRETCH_MAX
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2
    if (start + middle * curvature + threshold * signed(d, middle) < 0) low = middle
    else high = middle
  }
  return low
}
