// x_jᵀr of dense columns, in integers.
//
// r comes as whole numbers q, written in base 256 with digits −128 … 127, and so does x where it is
// real (digits.ts, stage.ts), so that four bytes of a column times four digits are one dot4I8Packed: a
// single instruction on most GPUs, and exact everywhere. Sums are therefore the same bits on every
// device, in whatever order they are taken; what is lost is what x and r lost when they became whole
// numbers. f32 sums would be of no use: where a gradient is small, they err by several times what the
// server's check allows, and compensated ones are compiled away by drivers that reorder.
//
// In operations per value this costs 1.5 for two-bit ones, where f32 would cost a shift, a mask, a
// conversion and a multiplication, 1 for u8, and 8 for real ones, which are four bytes each, so that
// memory is still what takes longer.
//
// A column is a run of `quads` vec4s, and vec4 k of all columns of a shard lie side by side: thread j
// of a workgroup has column j, its loads touch those of its neighbours, and the digits, which all
// threads need at once, come from workgroup memory.
//
// Dispatch: x and z tiles of 64 columns over all shards, y parts of the rows: so few that an i32 holds
// a sum (scan.ts).
//
//   matrix  (quads, columns) vec4<u32> of each shard, from its base on
//   shards  (shards)  (first tile, base, columns, first column of the output)
//   digits  (quads · STEPS) vec4: of the rows of a word, the packed digits of weight 1 … 256³; if wide,
//           then those of weight 256⁴ … 256⁷
//   parts   (parts, columns, 1 or 2 if wide) sums for four weights

struct Plan {
  quads: u32,
  quadsOfPart: u32,
  shards: u32,
  columns: u32,
}

/** Vectors of digits that a quad meets: 16 for two-bit values, 4 for u8, 8 where sums are wide. */
override STEPS: u32 = 4u;
/** u8: 0x80808080, i16: 0x00800080. Turns the unsigned bytes x into the signed x − 128. */
override FLIP: u32 = 0u;

override IS_TWO_BIT = STEPS == 16u;
override IS_WIDE = STEPS == 8u;

const THREADS = 64u;
/** What a dispatch may have in one direction. */
const TILES_WIDE = 65535u;
/** Vectors of digits in workgroup memory: 2 KiB. */
const STAGE = 128u;

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> matrix: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> shards: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> digits: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> parts: array<vec4<i32>>;

var<workgroup> stage: array<vec4<u32>, STAGE>;

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

fn products(bytes: u32, d: vec4<u32>) -> vec4<i32> {
  return vec4<i32>(
    dot4I8Packed(bytes, d.x),
    dot4I8Packed(bytes, d.y),
    dot4I8Packed(bytes, d.z),
    dot4I8Packed(bytes, d.w),
  );
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let tile = group.x + group.z * TILES_WIDE;
  let shard = shardOf(tile);
  let column = (tile - shard.x) * THREADS + lane;
  let isLive = column < shard.z;
  let first = group.y * plan.quadsOfPart;
  let last = min(plan.quads, first + plan.quadsOfPart);
  let quadsOfStage = STAGE / STEPS;
  var sums = vec4<i32>();
  var highs = vec4<i32>();
  for (var q0 = first; q0 < last; q0 += quadsOfStage) {
    let q1 = min(last, q0 + quadsOfStage);
    workgroupBarrier();
    for (var k = lane; k < (q1 - q0) * STEPS; k += THREADS) {
      stage[k] = digits[q0 * STEPS + k];
    }
    workgroupBarrier();
    for (var q = q0; q < q1 && isLive; q++) {
      let words = matrix[shard.y + q * shard.z + column];
      let at = (q - q0) * STEPS;
      for (var k = 0u; k < 4u; k++) {
        if (IS_TWO_BIT) {
          // Two-bit values: byte b of (word >> 2t) & 0x03… is row 4b + t.
          for (var t = 0u; t < 4u; t++) {
            let bytes = (words[k] >> (2u * t)) & 0x03030303u;
            sums += products(bytes, stage[at + 4u * k + t]);
          }
        } else if (IS_WIDE) {
          sums += products(words[k] ^ FLIP, stage[at + 2u * k]);
          highs += products(words[k] ^ FLIP, stage[at + 2u * k + 1u]);
        } else {
          sums += products(words[k] ^ FLIP, stage[at + k]);
        }
      }
    }
  }
  if (!isLive) {
    return;
  }
  let out = group.y * plan.columns + shard.w + column;
  if (IS_WIDE) {
    parts[2u * out] = sums;
    parts[2u * out + 1u] = highs;
  } else {
    parts[out] = sums;
  }
}
