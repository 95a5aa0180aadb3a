/**
 * Gradients on the GPU: x_jᵀr of every column of a lease's shards (shared/linear/scan*.wgsl).
 *
 * A scan reads every byte of a shard once and computes little with it, so it is as fast as memory,
 * and a GPU's is some ten times a processor's.
 *
 * Steps stay with SIMD. Each step of coordinate descent needs the residual that the last one left, so
 * a GPU would have one column at a time to work on: a dot product of 1814 genotypes takes SIMD 0.3 µs, a
 * dispatch alone 5 to 10. Steps taken at once come in two kinds (e2e/bench/kernels/atOnce.ts: 0.1 λmax,
 * gap 1e-6). One each for variables that the filter found independent, from the gradients at hand, with
 * a guarded commit: leukemia takes 379 rounds, and the genotypes have a gap of 8e-3 after 289, where
 * blocks that are swept need some 30 round trips in all. Or many within a lease, by accelerated proximal
 * gradients: 370 iterations for 96 sweeps, and for the genotypes' block of 950 columns 2040 for 430.
 * At three dispatches each that is 60 ms and more, against 120 to 200 of SIMD on one core: two or three
 * times as fast on the fastest GPUs, by napkin, no faster on others, and a second solver to be tested.
 *
 * All in whole numbers, because f32 would not do: the server allows an error of 1e-6 of what a
 * gradient is, and of 1e-9 of what it is a sum of. A column of 1814 reals that is nearly orthogonal
 * to r misses that by a factor of 2 in f32, and stays within a tenth of it in 30 bits
 * (kernels.test.ts). f16, where an adapter has it, is out of the question.
 */
import { SCALARS } from '../../../shared/linear/buffers.ts'
import type { Arrays } from '../../../shared/wire.ts'
import { ROWS_MAX, wideAt } from './digits.ts'
import type { Wanted } from './gpu.ts'
import { grouped } from './grouped.ts'
import type { Device, Facts, GpuProgram, Held } from './program.ts'
import { scanRaces } from './races.ts'
import { type Family, familyOf, halvesOf, openDense, openSparse, type Turn } from './scanKernels.ts'
import { denseForScan, isUneven, sparseForScan } from './stage.ts'
import { scanTolerance } from './tolerance.ts'
import { scanTrials } from './trials.ts'

const KIND_NAMES: Record<Family, string> = {
  u2: 'gradients of two-bit columns',
  u8: 'gradients of one-byte columns',
  i16: 'gradients of two-byte columns',
  real: 'gradients of real columns',
  sparse: 'gradients of sparse columns',
}

export const scan: GpuProgram = {
  rest: 'Steps stay with SIMD: each needs the one before, and at once it would take many times as many',
  plan(lease, shards) {
    if (lease.scalars![SCALARS.scan] !== 1) return 'a lease without gradients'
    if (lease.residual!.length > ROWS_MAX) return `more rows than ${ROWS_MAX}, which 64 bits hold`
    if (shards.some((facts) => facts.isUneven) || isUneven(lease.residual!))
      return 'numbers too uneven for 30 bits'
    const work = new Map<Family, number>()
    let all = 0
    for (const facts of shards) {
      const family = familyOf(facts)
      work.set(family, (work.get(family) ?? 0) + entriesOf(facts))
      all += entriesOf(facts)
    }
    if (all === 0) return 'an empty lease'
    // Columns of a data set are of one family, but for a few.
    const [family] = [...work].reduce((most, each) => (each[1] > most[1] ? each : most))
    return { kind: KIND_NAMES[family], work: all }
  },
  stage: (shard) => (shard.layout === 'sparse' ? sparseForScan(shard) : denseForScan(shard)),
  remainder(lease) {
    const scalars = lease.scalars!.slice()
    scalars[SCALARS.scan] = 0
    return { ...lease, scalars }
  },
  run,
  sample(lease, shards, pick) {
    const slot = Math.floor(pick * shards.length)
    const before = shards.slice(0, slot).reduce((sum, { columns }) => sum + columns, 0)
    const none = { slot: new Uint32Array(0), column: new Uint32Array(0) }
    const empty = new Float64Array(0)
    return {
      lease: { ...lease, ...none, mean: empty, scale: empty, norm2: empty, beta: empty },
      slots: [slot],
      agrees: ({ gradient }, want) => near(gradient!.subarray(before), want.gradient!),
    }
  },
  tolerance: scanTolerance,
  trials: () => scanTrials(),
  races: scanRaces,
}

/** Not whether they are as exact as they should be, which the server checks, but whether they are right. */
function near(got: ArrayLike<number>, want: ArrayLike<number>): boolean {
  const size = Array.from(want).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return Array.from(want).every((value, k) => Math.abs(got[k]! - value) <= 1e-3 * size)
}

const entriesOf = ({ layout, rows, columns, nonZeros }: Facts): number =>
  layout === 'sparse' ? nonZeros : rows * columns

async function run(device: Device, lease: Arrays, shards: readonly Held[]): Promise<Arrays> {
  const { gpu } = device
  const groups = grouped(shards, ({ facts, place }) => `${familyOf(facts)} ${place.number}`)
  // Shards of a group follow each other in the output, which then goes back to the lease's order.
  const turns = new Map<Held, Turn>()
  let numbers = 0
  for (const held of [...groups.values()].flat()) {
    turns.set(held, { ...held, first: numbers })
    numbers += held.facts.columns * halvesOf(familyOf(held.facts))
  }
  const wanted: Wanted = { from: gpu.scratch('totals', 8 * numbers), bytes: 8 * numbers }
  const units = new Map<Family, number>()
  let found = new ArrayBuffer(0)
  const lists = [...groups.values()].map((group) => group.map((held) => turns.get(held)!))
  for (const list of lists) {
    const isLast = list === lists.at(-1)
    const { unit, copy } = await scanGroup(device, lease, list, wanted, isLast)
    units.set(familyOf(list[0]!.facts), unit)
    found = copy
  }
  return { gradient: gradientOf(shards, turns, units, new Uint32Array(found)) }
}

/** Whole numbers times what they are worth, in f64: the same bits on every device. */
function gradientOf(
  shards: readonly Held[],
  turns: ReadonlyMap<Held, Turn>,
  units: ReadonlyMap<Family, number>,
  sums: Uint32Array,
): Float32Array {
  const columns = shards.reduce((sum, { facts }) => sum + facts.columns, 0)
  const gradient = new Float32Array(columns)
  let at = 0
  for (const held of shards) {
    const { facts, first } = turns.get(held)!
    const family = familyOf(facts)
    const unit = units.get(family)! * valueUnitOf(facts)
    const isReal = facts.units.length > 0
    const isWide = halvesOf(family) === 2
    for (let j = 0, k = first; j < facts.columns; j++, k++) {
      let sum = wideAt(sums, k)
      if (isWide) sum += 2 ** 32 * wideAt(sums, ++k)
      gradient[at++] = (isReal ? unit * facts.units[j]! : unit) * sum
    }
  }
  return gradient
}

/** One family, one chunk of memory: in slices. What the sums are counted in, and after the last the sums. */
async function scanGroup(
  { gpu, paceOf }: Device,
  lease: Arrays,
  list: readonly Turn[],
  wanted: Wanted,
  isLast: boolean,
): Promise<{ unit: number; copy: ArrayBuffer }> {
  const { facts } = list[0]!
  const family = familyOf(facts)
  const open = family === 'sparse' ? openSparse : openDense
  const { unit, dispatch } = open(gpu, lease.residual as Float64Array, facts, wanted.from)
  let copy = new ArrayBuffer(0)
  const run = async (from: number, to: number): Promise<number> => {
    const dispatches = await dispatch(list.slice(from, to))
    if (!isLast || to < list.length) return gpu.compute(dispatches)
    const done = await gpu.computeAndRead(dispatches, wanted)
    copy = done.copy
    return done.ms
  }
  await paceOf(family).each(list.length, (k) => entriesOf(list[k]!.facts), run)
  return { unit, copy }
}

/** Sparse bytes and words are moved up to 30 bits where they are read (scanSparse.wgsl). */
function valueUnitOf({ layout, valueType }: Facts): number {
  if (layout === 'dense') return 1
  return valueType === 'u8' ? 2 ** -22 : valueType === 'i16' ? 2 ** -15 : 1
}
