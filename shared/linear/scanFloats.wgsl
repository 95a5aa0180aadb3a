// x_jᵀr of dense f32 columns (f64 ones are rounded when they are stored): scanIntegers.wgsl in f32.
//
// Sums are blocked, so that their rounding does not grow with the rows: 64 products to a lane of a
// block of 256 rows, the blocks of a part of at most 16 384 rows, the parts. At most 64 + 64 additions
// meet a product, whatever n is below a million; measured errors are a hundredth of that bound.
//
//   matrix  (quads, columns) vec4<f32> of each shard, from its base on
//   shards  (shards)  (first tile, base, columns, first column of the output)
//   r       (quads) vec4<f32>, zeros after row n
//   parts   (parts, columns)

struct Plan {
  quads: u32,
  quadsOfPart: u32,
  shards: u32,
  columns: u32,
}

const THREADS = 64u;
/** What a dispatch may have in one direction. */
const TILES_WIDE = 65535u;
/** Rows of r in workgroup memory, in fours: a block. */
const STAGE = 64u;

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> matrix: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> shards: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> r: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> parts: array<f32>;

var<workgroup> stage: array<vec4<f32>, STAGE>;

/** The last shard that begins at this tile or before. */
fn shardOf(tile: u32) -> vec4<u32> {
  var low = 0u;
  var high = plan.shards;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (shards[middle].x <= tile) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return shards[low];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let tile = group.x + group.z * TILES_WIDE;
  let shard = shardOf(tile);
  let column = (tile - shard.x) * THREADS + lane;
  let isLive = column < shard.z;
  let first = group.y * plan.quadsOfPart;
  let last = min(plan.quads, first + plan.quadsOfPart);
  var sums = vec4<f32>();
  for (var q0 = first; q0 < last; q0 += STAGE) {
    let q1 = min(last, q0 + STAGE);
    workgroupBarrier();
    for (var k = lane; k < q1 - q0; k += THREADS) {
      stage[k] = r[q0 + k];
    }
    workgroupBarrier();
    var block = vec4<f32>();
    for (var q = q0; q < q1 && isLive; q++) {
      block += matrix[shard.y + q * shard.z + column] * stage[q - q0];
    }
    sums += block;
  }
  if (isLive) {
    parts[group.y * plan.columns + shard.w + column] = (sums.x + sums.y) + (sums.z + sums.w);
  }
}
