/** Which passes to take over a dataset: its host's, or the plain loops. */
import type { Dataset } from '../app.ts'
import type { Shard } from '../shard.ts'
import { type Passes, plainPasses } from './passes.ts'

/**
 * Up to so many bytes a pass of the host's own is over before a tab's answer would be here. To lease a scan, to
 * receive it and to check it takes 10 to 20 ms, of which the engine computes 4; the pass over 16 MB of
 * sparse f64 (newsgroups) takes 5 ms. It is also what a dataset keeps open (server/io/engine/dataset.ts).
 */
const QUICK_BYTES_MAX = 32 << 20

/** May the server look at all of the data itself whenever a look is due? */
export const hasQuickPasses = ({ passes, manifest }: Dataset): boolean =>
  passes !== undefined &&
  manifest.shards.reduce((sum, { bytes }) => sum + bytes, 0) <= QUICK_BYTES_MAX

export const passesOf = (dataset: Dataset): Passes => dataset.passes ?? plainPasses

/**
 * Share of its columns from which a shard is worth carrying to the host's passes: its MiB takes 50 µs, in
 * which plain loops add 75 000 entries of two-bit columns, a fiftieth of them, and 20 000 sparse ones, a tenth.
 */
const CARRIED_SHARE = 0.1

/** out += Σ a_j x_j of a shard, by the faster way. `a` is (m), `out` is (n). */
export function addColumns(
  dataset: Dataset,
  shard: Shard,
  a: Float64Array,
  out: Float64Array,
): void {
  const read = a.reduce((count, value) => count + Number(value !== 0), 0)
  const passes = read < CARRIED_SHARE * a.length ? plainPasses : passesOf(dataset)
  if (read > 0) passes.combine(shard, a, out)
}
