// The sums of scanDense.wgsl put together: Σ over parts and weights, in 64 bits. Wide ones would need 100
// bits: their upper half has 64 of its own. They stay whole numbers, for WGSL leaves open how one
// becomes an f32: what the processor makes of them is the same whatever the device (scan.ts).
//
//   parts   (parts, columns, halves) sums for four weights, 256 apart
//   totals  (columns, halves) signed 64-bit numbers, the low word first; the second half is worth 2^32

struct Plan {
  parts: u32,
  columns: u32,
  /** What is added to every column: a signed 64-bit number. */
  low: u32,
  high: u32,
  /** Number of the output where those of these columns begin. */
  first: u32,
  /** 2 if wide. */
  halves: u32,
}

/** A signed 64-bit number. */
struct Wide {
  low: u32,
  high: u32,
}

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> parts: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read_write> totals: array<vec2<u32>>;

fn add(a: Wide, b: Wide) -> Wide {
  let low = a.low + b.low;
  return Wide(low, a.high + b.high + select(0u, 1u, low < b.low));
}

/** sum · 2^bits, for 0 < bits < 32. */
fn shifted(sum: i32, bits: u32) -> Wide {
  return Wide(bitcast<u32>(sum) << bits, bitcast<u32>(sum >> (32u - bits)));
}

/** Σ of four sums with their weights. */
fn weighted(sums: vec4<i32>) -> Wide {
  let two = add(Wide(bitcast<u32>(sums.x), bitcast<u32>(sums.x >> 31u)), shifted(sums.y, 8u));
  return add(two, add(shifted(sums.z, 16u), shifted(sums.w, 24u)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x + id.y * 4194240u; // 65 535 workgroups of 64: the widest row of a dispatch
  if (column >= plan.columns) {
    return;
  }
  var low = Wide(plan.low, plan.high);
  var high = Wide(0u, 0u);
  for (var part = 0u; part < plan.parts; part++) {
    let at = plan.halves * (part * plan.columns + column);
    low = add(low, weighted(parts[at]));
    if (plan.halves == 2u) {
      high = add(high, weighted(parts[at + 1u]));
    }
  }
  let out = plan.first + plan.halves * column;
  totals[out] = vec2<u32>(low.low, low.high);
  if (plan.halves == 2u) {
    totals[out + 1u] = vec2<u32>(high.low, high.high);
  }
}
