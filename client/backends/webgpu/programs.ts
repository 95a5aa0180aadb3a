/** Which apps have a kernel for GPUs, and why the others have none. */
import { als } from './als.ts'
import type { GpuProgram } from './program.ts'
import { scan } from './scan.ts'

export const programs: Readonly<Record<string, GpuProgram>> = {
  lasso: scan,
  logistic: scan,
  mf: als,
}

/**
 * Topic models: an audit is a replay, so every tab must draw the same topics, bit for bit. The sampler
 * decides by products and quotients in f64, which WGSL does not have, and WGSL's f32 may be
 * contracted and reordered differently by every driver: two honest tabs would differ in some tokens
 * of a sweep, and be called liars. And the draws of a cell are a chain, each on the counts that the
 * last one left; SIMD does some 10 M of them a second and core.
 *
 * Support vector machines: a lease is one chain of steps, each on the weights that the last one left,
 * and there is no scan beside it.
 */
export const withoutProgram: Readonly<Record<string, string>> = {
  lda: 'topics must come out the same bit for bit on every device, which no GPU promises',
  svm: 'each step needs the one before, and a GPU is slow at one thing at a time',
}
