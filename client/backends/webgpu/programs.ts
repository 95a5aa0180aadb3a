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
 * of a sweep, and be called liars. Nor would it pay. A draw needs the counts that the last one of its
 * document or word has left, so there are as many chains as groups of documents and of words that
 * meet in turns, with as long a wait each turn as the largest cell takes. Of all 2.28 M tokens of 20
 * newsgroups at once, 256 groups of equal size each keep 75 chains busy (64 or 1024 groups 49; the
 * commonest word alone is 1 token in 152: e2e/bench/kernels/ldaChains.ts). A draw is some five loads
 * that wait for each other, 0.5 µs each on a GPU by napkin: 75 chains would draw 30 M tokens a second,
 * where SIMD draws 13 M on each core – and a lease is a tenth of the corpus or less, with fewer chains.
 * Sampling from counts as they were a sweep ago has parallelism enough, and took three times the sweeps
 * (shared/apps/lda/push.ts).
 *
 * Support vector machines: a lease is one chain of steps, each on the weights that the last one left,
 * and there is no scan beside it.
 */
export const withoutProgram: Readonly<Record<string, string>> = {
  lda: 'draws must be the same bit for bit on every device, and too few of them can be made at once',
  svm: 'each step needs the one before, and a GPU is slow at one thing at a time',
}
