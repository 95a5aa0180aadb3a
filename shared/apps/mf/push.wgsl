// push.ts in WGSL: one workgroup to a row, exactly (als, explicit or implicit) or by coordinates (ccd).
//
// A row's normal equations (Σ zzᵀ + ridge·I) x = Σ tz never leave the workgroup. The target is one more
// feature after the D unknowns, so that the lower triangle of the (D + 1)² products holds the matrix
// and, as its last row, the right-hand side; the Cholesky factorisation of that triangle does the
// forward substitution along the way. D²/2 products a rating are what a GPU is for: each thread keeps
// tiles of 8 × 4 sums in registers, which costs three loads of four floats for 32 operations.
//
// Coordinate descent on a row is Gauss and Seidel's iteration on the same equations, step by step: the
// slope along x_k is what is left of equation k. So it costs a pass over D² numbers at hand, and not
// one over all ratings.
//
// All in f32. Sums run over 64 ratings, then over blocks, so that rounding grows with n/64; Cholesky is
// backward stable, so its answer solves a system that differs by rounding from the one it was given.
// That is what the server's audit measures (check.ts), hence no refinement: residuals are below a
// hundredth of what it allows (client/backends/webgpu/kernels.test.ts). Factors that are halves lie
// here as halves, which loses nothing and needs no extension: arithmetic is f32 nevertheless.
//
// A long row is cut into parts, so that none takes a workgroup, and those that wait for it, longer than
// a slice of the GPU's time: workgroups leave the sums of their parts, and another one, in a later
// dispatch, adds them and solves.
//
//   data       u32 words of all shards, as they came (shard.ts), f64 values rounded to f32
//   rows       (1 + entries, 2) the number of entries; then of each
//              (first index, first value, ratings, row of the lease), the first two counted in indices
//              and in values, and (bytes of an index, kind of value, first part, what to do)
//   positions  (othersAll) where in the lease a row of the other side is
//   factors    (r, ⌈K/4⌉) vec4<f32>, or (r, ⌈K/8⌉) of halves in pairs; zeros after K
//   tables     f32: (r) biases of the other side; (K, K) G = Σ hhᵀ over the whole other side (implicit);
//              (m, D) where descent begins; each one or nothing
//   partials   (parts, TILES, 8) vec4<f32>: the tiles of the parts
//   solved     (m, K) rows, (m) biases, (m) what they leave

struct Plan {
  mean: f32,
  biasScale: f32,
  /** Of a row, and of each of its ratings. */
  lambda: f32,
  lambdaEach: f32,
  /** 0: explicit. */
  alpha: f32,
  /** K. */
  rank: u32,
  /** D: K, and 1 if rows have a bias. */
  unknowns: u32,
  /** Of coordinate descent; 0: exactly. */
  passes: u32,
  /** 1: factors lie here as halves. */
  packed: u32,
  /** 1: rows are rounded to halves. */
  halves: u32,
  /** Where in the tables G begins, and where the starts do. */
  gramAt: u32,
  startsAt: u32,
  /** m: rows of the lease. */
  count: u32,
}

/** What to do with an entry: leave the sums of a part; else solve a row that is in so many parts. */
const PART = 0xffffffffu;

/** Bands of eight features that D and the target take: the pipeline serves all ranks that take as many. */
override BANDS: u32 = 5u;
override THREADS: u32 = 64u;

/** Fours of a feature row. */
override WIDTH = 2u * BANDS;
/** Band I of the triangle has 2I + 2 tiles. Never more than threads (als.ts). */
override TILES = BANDS * (BANDS + 1u);
override UNKNOWNS = 8u * BANDS;
override TRIANGLE = UNKNOWNS * (UNKNOWNS + 1u) / 2u;
override BATCH_FOURS = BATCH * WIDTH;
/** Ratings whose features lie in workgroup memory at once, and batches of a block. */
const BATCH = 16u;
const BATCHES = 4u;

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<storage, read> factors: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> tables: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> solved: array<f32>;

var<workgroup> batch: array<vec4<f32>, BATCH_FOURS>;
/** Rows 0 … D of the lower triangle, one after the other: the equations, then their factor. */
var<workgroup> lower: array<f32, TRIANGLE>;
var<workgroup> unknowns: array<f32, UNKNOWNS>;
var<workgroup> losses: array<f32, THREADS>;

fn hasBias() -> bool {
  return plan.unknowns > plan.rank;
}

/** Fours of a row of factors in f32. */
fn fours() -> u32 {
  return (plan.rank + 3u) / 4u;
}

/** Factors 4q … 4q + 3 of row `at` of the lease. */
fn factorsOf(at: u32, q: u32) -> vec4<f32> {
  if (plan.packed == 0u) {
    return bitcast<vec4<f32>>(factors[at * fours() + q]);
  }
  let words = factors[at * ((plan.rank + 7u) / 8u) + q / 2u];
  let two = select(words.xy, words.zw, q % 2u == 1u);
  return vec4<f32>(unpack2x16float(two.x), unpack2x16float(two.y));
}

fn gram(k: u32, l: u32) -> f32 {
  return tables[plan.gramAt + k * plan.rank + l];
}

struct Rating {
  /** Row of the lease's factors. */
  at: u32,
  /** Explicit: a − μ − c. Implicit: the count. */
  target_: f32,
}

fn ratingAt(e: u32, row: vec4<u32>, form: vec4<u32>) -> Rating {
  let i = row.x + e;
  var other = 0u;
  if (form.x == 4u) {
    other = data[i];
  } else {
    other = (data[i / 2u] >> (16u * (i % 2u))) & 0xffffu;
  }
  let k = row.y + e;
  var value = 0.0;
  switch form.y {
    case 1u: {
      value = f32(extractBits(data[k / 4u], 8u * (k % 4u), 8u));
    }
    case 2u: {
      value = f32(extractBits(bitcast<i32>(data[k / 2u]), 16u * (k % 2u), 16u));
    }
    default: {
      value = bitcast<f32>(data[k]);
    }
  }
  let at = positions[other];
  var bias = 0.0;
  if (hasBias()) {
    bias = tables[at];
  }
  return Rating(at, value - plan.mean - bias);
}

/** Features 4q … 4q + 3 of a rating: its factors, s for the bias, the target; scaled if implicit. */
fn features(rating: Rating, q: u32) -> vec4<f32> {
  var scale = 1.0;
  var last = rating.target_;
  if (plan.alpha > 0.0) {
    // Not seen: nothing beyond what G holds. Seen: √(αr)·h, and (1 + αr)h when multiplied by the target.
    let weight = plan.alpha * max(rating.target_, 0.0);
    scale = sqrt(weight);
    last = select(0.0, (1.0 + weight) / scale, weight > 0.0);
  }
  var f = vec4<f32>();
  if (q < fours()) {
    f = scale * factorsOf(rating.at, q);
  }
  for (var c = 0u; c < 4u; c++) {
    let k = 4u * q + c;
    if (k == plan.unknowns) {
      f[c] = last;
    } else if (k == plan.rank) {
      f[c] = plan.biasScale;
    }
  }
  return f;
}

fn place(i: u32, j: u32) -> u32 {
  return i * (i + 1u) / 2u + j;
}

/** The sums of one tile, eight rows of four. */
struct Tile {
  rows: array<vec4<f32>, 8>,
}

/** Σ zzᵀ of tile (band, four) over all ratings. Every thread calls it equally often: it has barriers. */
fn accumulate(
  band: u32, four: u32, isTile: bool, thread: u32, row: vec4<u32>, form: vec4<u32>,
) -> Tile {
  var total = Tile();
  // Eight names and no array: what is indexed in a loop may end in slow memory.
  var s0 = vec4<f32>();
  var s1 = s0;
  var s2 = s0;
  var s3 = s0;
  var s4 = s0;
  var s5 = s0;
  var s6 = s0;
  var s7 = s0;
  var filled = 0u;
  for (var e0 = 0u; e0 < row.z; e0 += BATCH) {
    let count = min(BATCH, row.z - e0);
    workgroupBarrier();
    for (var k = thread; k < count * WIDTH; k += THREADS) {
      batch[k] = features(ratingAt(e0 + k / WIDTH, row, form), k % WIDTH);
    }
    workgroupBarrier();
    for (var e = 0u; e < count && isTile; e++) {
      let y = batch[e * WIDTH + four];
      let low = batch[e * WIDTH + 2u * band];
      let high = batch[e * WIDTH + 2u * band + 1u];
      s0 += low.x * y;
      s1 += low.y * y;
      s2 += low.z * y;
      s3 += low.w * y;
      s4 += high.x * y;
      s5 += high.y * y;
      s6 += high.z * y;
      s7 += high.w * y;
    }
    filled++;
    if (filled == BATCHES || e0 + BATCH >= row.z) {
      total.rows[0] += s0;
      total.rows[1] += s1;
      total.rows[2] += s2;
      total.rows[3] += s3;
      total.rows[4] += s4;
      total.rows[5] += s5;
      total.rows[6] += s6;
      total.rows[7] += s7;
      s0 = vec4<f32>();
      s1 = s0;
      s2 = s0;
      s3 = s0;
      s4 = s0;
      s5 = s0;
      s6 = s0;
      s7 = s0;
      filled = 0u;
    }
  }
  return total;
}

/** The sums of all parts of a row. */
fn gathered(first: u32, count: u32, thread: u32) -> Tile {
  var total = Tile();
  for (var part = first; part < first + count; part++) {
    for (var k = 0u; k < 8u; k++) {
      total.rows[k] += partials[(part * TILES + thread) * 8u + k];
    }
  }
  return total;
}

/** (band, four) of a thread's tile. Band I has the fours 0 … 2I + 1. */
fn tileOf(thread: u32) -> vec2<u32> {
  var band = 0u;
  var four = thread;
  while (four >= 2u * band + 2u && band < BANDS) {
    four -= 2u * band + 2u;
    band++;
  }
  return vec2<u32>(band, four);
}

/** lower = Σ zzᵀ + G + ridge·I, a tile to a thread. */
fn assemble(thread: u32, at: vec2<u32>, tile: Tile, n: f32, ridge: f32) {
  for (var k = 0u; k < 32u && thread < TILES; k++) {
    let i = 8u * at.x + k / 4u;
    let j = 4u * at.y + k % 4u;
    if (i > plan.unknowns || j > i) {
      continue;
    }
    var sum = tile.rows[k / 4u][k % 4u];
    if (plan.alpha > 0.0 && i < plan.rank) {
      sum += gram(i, j);
    }
    // The same summand n times would round the same way n times.
    if (hasBias() && i == plan.rank && j == plan.rank) {
      sum = n * plan.biasScale * plan.biasScale;
    }
    if (i == j) {
      sum += ridge;
    }
    lower[place(i, j)] = sum;
  }
}

/**
 * lower = L below the pivots, with the substituted right-hand side as row D, column by column; then
 * Lᵀx = y.
 */
fn solve(thread: u32) {
  let d = plan.unknowns;
  for (var j = 0u; j < d; j++) {
    workgroupBarrier();
    // The pivot itself stays as it is, so that nobody waits for those who still read it.
    let scale = 1.0 / sqrt(lower[place(j, j)]);
    for (var i = j + 1u + thread; i <= d; i += THREADS) {
      lower[place(i, j)] *= scale;
    }
    workgroupBarrier();
    for (var i = j + 1u + thread / 8u; i <= d; i += THREADS / 8u) {
      let a = lower[place(i, j)];
      for (var k = j + 1u + thread % 8u; k <= min(i, d - 1u); k += 8u) {
        lower[place(i, k)] -= a * lower[place(k, j)];
      }
    }
  }
  for (var j = d; j > 0u; ) {
    j--;
    workgroupBarrier();
    let x = lower[place(d, j)] / sqrt(lower[place(j, j)]);
    if (thread == 0u) {
      unknowns[j] = x;
    }
    for (var i = thread; i < j; i += THREADS) {
      lower[place(d, i)] -= lower[place(j, i)] * x;
    }
  }
  workgroupBarrier();
}

/** Entry (i, j) of the matrix, whichever is larger. */
fn entry(i: u32, j: u32) -> f32 {
  return lower[place(max(i, j), min(i, j))];
}

/** Gauss and Seidel's passes from where the lease says; row D is what the equations leave. */
fn descend(thread: u32, row: u32) {
  let d = plan.unknowns;
  for (var i = thread; i < d; i += THREADS) {
    let x = tables[plan.startsAt + row * d + i];
    unknowns[i] = select(x, x / plan.biasScale, i == plan.rank);
  }
  workgroupBarrier();
  for (var i = thread; i < d; i += THREADS) {
    var slope = lower[place(d, i)];
    for (var j = 0u; j < d; j++) {
      slope -= entry(i, j) * unknowns[j];
    }
    lower[place(d, i)] = slope;
  }
  // Others still read the slope of the step that is being taken; it is 0 from the next one on.
  var before = d;
  for (var time = 0u; time < plan.passes; time++) {
    for (var j = 0u; j < d; j++) {
      workgroupBarrier();
      let step = select(lower[place(d, j)], 0.0, j == before) / lower[place(j, j)];
      for (var i = thread; i < d; i += THREADS) {
        if (i != j) {
          let slope = select(lower[place(d, i)], 0.0, i == before);
          lower[place(d, i)] = slope - step * entry(i, j);
        }
      }
      if (thread == 0u) {
        unknowns[j] += step;
      }
      before = j;
    }
  }
  workgroupBarrier();
}

/** The nearest half, ties to even (shared/halves.ts), by exact operations. */
fn roundHalf(x: f32) -> f32 {
  let bits = bitcast<u32>(abs(x));
  let normal = bitcast<f32>((bits + 0xfffu + ((bits >> 13u) & 1u)) & 0xffffe000u);
  let small = round(abs(x) * 16777216.0) / 16777216.0;
  return sign(x) * min(65504.0, select(normal, small, abs(x) < 0.00006103515625));
}

/** What a row as it travels leaves of this thread's ratings; see lossOf of push.ts. */
fn lossOf(thread: u32, row: vec4<u32>, form: vec4<u32>, b: f32) -> f32 {
  var loss = 0.0;
  for (var e = thread; e < row.z; e += THREADS) {
    let rating = ratingAt(e, row, form);
    var fit = vec4<f32>(b, 0.0, 0.0, 0.0);
    for (var q = 0u; q < fours(); q++) {
      let h = factorsOf(rating.at, q);
      for (var c = 0u; c < 4u && 4u * q + c < plan.rank; c++) {
        fit[c] += h[c] * unknowns[4u * q + c];
      }
    }
    let all = (fit.x + fit.y) + (fit.z + fit.w);
    let rest = rating.target_ - all;
    if (plan.alpha == 0.0) {
      loss += rest * rest;
    } else if (rating.target_ > 0.0) {
      loss += (1.0 + plan.alpha * rating.target_) * (1.0 - all) * (1.0 - all) - all * all;
    }
  }
  // Implicit: wᵀGw besides, a row of G to a thread.
  for (var k = thread; k < plan.rank && plan.alpha > 0.0; k += THREADS) {
    var sum = 0.0;
    for (var l = 0u; l < plan.rank; l++) {
      sum += gram(k, l) * unknowns[l];
    }
    loss += unknowns[k] * sum;
  }
  return loss;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let k = group.x + group.y * groups.x;
  if (k >= rows[0].x) {
    return;
  }
  let row = rows[2u * k + 2u];
  let form = rows[2u * k + 3u];
  let at = tileOf(thread);
  var tile: Tile;
  if (form.w == 0u || form.w == PART) {
    tile = accumulate(at.x, at.y, thread < TILES, thread, row, form);
  } else {
    tile = gathered(form.z, form.w, min(thread, TILES - 1u));
  }
  if (form.w == PART) {
    for (var k = 0u; k < 8u && thread < TILES; k++) {
      partials[(form.z * TILES + thread) * 8u + k] = tile.rows[k];
    }
    return;
  }
  let n = f32(row.z);
  assemble(thread, at, tile, n, plan.lambda + plan.lambdaEach * n);
  if (plan.passes > 0u) {
    workgroupBarrier();
    descend(thread, row.w);
  } else {
    solve(thread);
  }
  if (plan.halves == 1u) {
    for (var k = thread; k < plan.rank; k += THREADS) {
      unknowns[k] = roundHalf(unknowns[k]);
    }
    workgroupBarrier();
  }
  var b = 0.0;
  if (hasBias()) {
    b = plan.biasScale * unknowns[plan.rank];
  }
  losses[thread] = lossOf(thread, row, form, b);
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) {
      losses[thread] += losses[thread + half];
    }
  }
  for (var k = thread; k < plan.rank; k += THREADS) {
    solved[row.w * plan.rank + k] = unknowns[k];
  }
  if (thread == 0u) {
    let biases = plan.count * plan.rank;
    solved[biases + row.w] = b;
    solved[biases + plan.count + row.w] = losses[0];
  }
}
