// x_jᵀr of sparse columns, in f32: LANES neighbouring threads share a column, so that their loads of
// rows and values touch, and columns of a few entries do not leave most of a workgroup idle.
//
// Shards lie as they came (shard.ts), f64 values rounded to f32. A lane adds blocks of 64 products,
// then the blocks; the lanes of a column are added as a tree.
//
//   data    u32 words of all shards
//   shards  (shards, 2)  (first tile, word of the starts, word of the rows, word of the values),
//                        (columns, first column of the output, bytes of a row index, kind of value)
//   r       (n)
//   totals  (columns)

struct Plan {
  shards: u32,
}

/** Threads to a column: 1, 4, 16 or 64. */
override LANES: u32 = 4u;

const THREADS = 64u;
/** What a dispatch may have in one direction. */
const TILES_WIDE = 65535u;
const BLOCK = 64u;

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read> shards: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> r: array<f32>;
@group(0) @binding(4) var<storage, read_write> totals: array<f32>;

var<workgroup> sums: array<f32, THREADS>;

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

/** Kinds as in a shard's header: 1 u8, 2 i16, 3 f32. */
fn valueAt(base: u32, e: u32, kind: u32) -> f32 {
  if (kind == 3u) {
    return bitcast<f32>(data[base + e]);
  }
  if (kind == 2u) {
    return f32(extractBits(bitcast<i32>(data[base + e / 2u]), 16u * (e % 2u), 16u));
  }
  return f32(extractBits(data[base + e / 4u], 8u * (e % 4u), 8u));
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let tile = group.x + group.z * TILES_WIDE;
  let k = shardOf(tile);
  let places = shards[2u * k];
  let shape = shards[2u * k + 1u];
  let column = (tile - places.x) * (THREADS / LANES) + thread / LANES;
  let lane = thread % LANES;
  var sum = 0.0;
  if (column < shape.x) {
    var e = data[places.y + column] + lane;
    let end = data[places.y + column + 1u];
    while (e < end) {
      let pause = min(end, e + BLOCK * LANES);
      var block = 0.0;
      for (; e < pause; e += LANES) {
        block += valueAt(places.w, e, shape.w) * r[rowAt(places.z, e, shape.z)];
      }
      sum += block;
    }
  }
  sums[thread] = sum;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      sums[thread] += sums[thread + half];
    }
  }
  if (lane == 0u && column < shape.x) {
    totals[shape.y + column] = sums[thread];
  }
}
