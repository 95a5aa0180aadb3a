// The parts of scanFloats.wgsl added up.
//
//   parts   (parts, columns)
//   totals  (columns)

struct Plan {
  parts: u32,
  columns: u32,
  /** Column of the output where these columns begin. */
  first: u32,
}

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> totals: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x + id.y * 4194240u; // 65 535 workgroups of 64: the widest row of a dispatch
  if (column >= plan.columns) {
    return;
  }
  var total = 0.0;
  for (var part = 0u; part < plan.parts; part++) {
    total += parts[part * plan.columns + column];
  }
  totals[plan.first + column] = total;
}
