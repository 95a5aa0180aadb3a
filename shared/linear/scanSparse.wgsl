// x_jᵀr of sparse columns, in integers: LANES neighbouring threads share a column, so that their loads
// of rows and values touch, and columns of a few entries do not leave most of a workgroup idle.
//
// Both factors are whole numbers of at most 2^30. Of a product a sum keeps what is above 2^20, rounded,
// in 64 bits, which hold 2^22 of them (scan.ts): the order does not matter, and every device gets the
// same bits (why: scanDense.wgsl).
// Loads at rows that are far apart are what takes the time, not the multiplication in four pieces.
//
//   data    u32 words of all shards, as they came (shard.ts), real values as whole numbers (stage.ts)
//   shards  (shards, 2)  (first tile, word of the starts, word of the rows, word of the values),
//                        (columns, first column of the output, bytes of a row index, kind of value)
//   r       (n) whole numbers
//   totals  (columns) signed 64-bit numbers, the low word first: sums / 2^20

struct Plan {
  shards: u32,
}

/** Threads to a column: 1, 4, 16 or 64. */
override LANES: u32 = 4u;

const THREADS = 64u;
/** What a dispatch may have in one direction. */
const TILES_WIDE = 65535u;

/** A signed 64-bit number. */
struct Wide {
  low: u32,
  high: u32,
}

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read> shards: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> r: array<i32>;
@group(0) @binding(4) var<storage, read_write> totals: array<vec2<u32>>;

var<workgroup> sums: array<Wide, THREADS>;

/** The last shard that begins at this tile or before. */
fn shardOf(tile: u32) -> u32 {
  var low = 0u;
  var high = plan.shards;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (shards[2u * middle].x <= tile) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

fn rowAt(base: u32, e: u32, bytes: u32) -> u32 {
  if (bytes == 4u) {
    return data[base + e];
  }
  return (data[base + e / 2u] >> (16u * (e % 2u))) & 0xffffu;
}

/** Kinds as in a shard's header, 1 u8, 2 i16, 3 whole numbers; all moved up to about 2^30. */
fn valueAt(base: u32, e: u32, kind: u32) -> i32 {
  if (kind == 3u) {
    return bitcast<i32>(data[base + e]);
  }
  if (kind == 2u) {
    return extractBits(bitcast<i32>(data[base + e / 2u]), 16u * (e % 2u), 16u) << 15u;
  }
  return bitcast<i32>(extractBits(data[base + e / 4u], 8u * (e % 4u), 8u) << 22u);
}

fn add(a: Wide, b: Wide) -> Wide {
  let low = a.low + b.low;
  return Wide(low, a.high + b.high + select(0u, 1u, low < b.low));
}

fn widened(a: i32) -> Wide {
  return Wide(bitcast<u32>(a), bitcast<u32>(a >> 31u));
}

/**
 * a·b / 2^20, in pieces of 16 bits, to the nearest: what is cut off must not have a sign, for it adds up
 * over all entries. Both crossed pieces are below 2^30, and so their sum fits with what is added.
 */
fn product(a: i32, b: i32) -> Wide {
  let aHigh = a >> 16u;
  let bHigh = b >> 16u;
  let aLow = bitcast<u32>(a) & 0xffffu;
  let bLow = bitcast<u32>(b) & 0xffffu;
  let top = aHigh * bHigh;
  let crossed = aHigh * i32(bLow) + bHigh * i32(aLow) + i32((aLow * bLow) >> 16u);
  let upper = Wide(bitcast<u32>(top) << 12u, bitcast<u32>(top >> 20u));
  return add(upper, widened((crossed + 8) >> 4u));
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let tile = group.x + group.z * TILES_WIDE;
  let k = shardOf(tile);
  let places = shards[2u * k];
  let shape = shards[2u * k + 1u];
  let column = (tile - places.x) * (THREADS / LANES) + thread / LANES;
  let lane = thread % LANES;
  var sum = Wide(0u, 0u);
  if (column < shape.x) {
    let end = data[places.y + column + 1u];
    for (var e = data[places.y + column] + lane; e < end; e += LANES) {
      sum = add(sum, product(valueAt(places.w, e, shape.w), r[rowAt(places.z, e, shape.z)]));
    }
  }
  sums[thread] = sum;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      sums[thread] = add(sums[thread], sums[thread + half]);
    }
  }
  if (lane == 0u && column < shape.x) {
    totals[shape.y + column] = vec2<u32>(sums[thread].low, sums[thread].high);
  }
}
