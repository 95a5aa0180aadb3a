/**
 * How fast multiply-adds can be in this WASM engine: what kernels bound by arithmetic are held against.
 *
 * Twelve vectors of four f32 are multiplied and added to, again and again, without touching memory:
 * enough chains to hide the latency of both operations, few enough for the sixteen registers of x86.
 * (Fixed-width SIMD has no fused multiply-add, so one is two instructions.)
 */
import asc from 'assemblyscript/asc'

const CHAINS = Array.from({ length: 12 }, (_, k) => `a${k}`)
const LANES = 4
const ROUNDS = 1_000_000

/** AssemblyScript: `rounds` times a = a·x + y in every chain. */
const SOURCE = `
export function run(rounds: i32, x0: f32, y0: f32): f32 {
  const x = f32x4.splat(x0)
  const y = f32x4.splat(y0)
  ${CHAINS.map((a, k) => `let ${a} = f32x4.splat(${k}.5)`).join('\n  ')}
  for (let k = 0; k < rounds; k++) {
    ${CHAINS.map((a) => `${a} = f32x4.add(f32x4.mul(${a}, x), y)`).join('\n    ')}
  }
  return f32x4.extract_lane(${CHAINS.reduce((sum, a) => `f32x4.add(${sum}, ${a})`)}, 0)
}`

/** Billions of f32 operations a second (a multiply-add is two), the best of `ms` milliseconds. */
export async function fmaLimit(ms = 300): Promise<number> {
  const options = { enable: ['simd'], optimizeLevel: 3, runtime: 'stub', noAssert: true }
  const { error, binary, stderr } = await asc.compileString(SOURCE, options)
  if (error) throw new Error(`the multiply-add loop does not compile:\n${stderr}`)
  const { instance } = await WebAssembly.instantiate(binary as Uint8Array<ArrayBuffer>)
  const run = instance.exports.run as (rounds: number, x: number, y: number) => number
  // Once slowly, so that the engine compiles it for speed.
  run(ROUNDS, 0.5, 1)
  let best = 0
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const start = performance.now()
    run(ROUNDS, 0.5, 1)
    best = Math.max(best, ROUNDS / (performance.now() - start))
  }
  return (2 * LANES * CHAINS.length * best) / 1e6
}
