// The sums of scanDense.wgsl put together: Σ over parts and weights, in 64 bits, then once to f32. Wide
// ones would need 100 bits: the upper half has 64 of its own, and halves are added as f32. What the
// lower half loses by that is 2^-44 of what products can be.
//
//   parts   (parts, columns, halves) sums for four weights, 256 apart
//   totals  (columns) f32 within two units of its last place

struct Plan {
  parts: u32,
  columns: u32,
  /** What is added to every column: a signed 64-bit number. */
  low: u32,
  high: u32,
  /** Column of the output where these columns begin. */
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
@group(0) @binding(2) var<storage, read_write> totals: array<f32>;

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

/** By its size and its sign, because −1 as (2^32 − 1, −1) would cancel. */
fn toFloat(x: Wide) -> f32 {
  let isNegative = (x.high >> 31u) == 1u;
  var size = x;
  if (isNegative) {
    size = add(Wide(~x.low, ~x.high), Wide(1u, 0u));
  }
  let value = f32(size.high) * 4294967296.0 + f32(size.low);
  return select(value, -value, isNegative);
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
  totals[plan.first + column] = toFloat(high) * 4294967296.0 + toFloat(low);
}
