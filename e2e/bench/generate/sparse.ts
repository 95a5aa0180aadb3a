/**
 * The sparse synthetic family of the STRADS papers, at any size: 25 non-zeros a column, and 9 columns
 * of 10 are noisy copies of their left neighbour (`neighbours` of shared/schedule/families.ts, which
 * holds everything in memory; here one column is held at a time).
 *
 * Written as MatrixMarket, in thousandths: integers are what a measured quantity looks like, and
 * they lie exactly in 16 bits.
 */
import { seededRandom } from '../../../shared/random.ts'
import { columnFile, writeTarget } from './columnFile.ts'
import { Target } from './target.ts'

export interface SparseOptions {
  path: string
  targetPath: string
  rows: number
  columns: number
  perColumn?: number
  seed: number
}

const COPY = 0.9
/** A copy is (base + 0.3·noise)/√1.09: correlation 0.96, variance 1 for ever. */
const NOISE = 0.3
const UNIT = 1000
/** i16 ends here; a normal never comes near. */
const VALUE_MAX = 32_767

export async function writeSparse(options: SparseOptions): Promise<void> {
  const { path, targetPath, rows, columns, perColumn = 25, seed } = options
  const random = seededRandom(seed)
  const target = new Target(random, rows, columns)
  const file = columnFile(path)
  await file.write(
    `%%MatrixMarket matrix coordinate integer general\n${rows} ${columns} ${perColumn * columns}\n`,
  )
  const values = new Float64Array(perColumn)
  let at: number[] = []
  let text = ''
  for (let j = 0; j < columns; j++) {
    const isCopy = j > 0 && random.next() < COPY
    if (!isCopy) at = someRows(random.below, rows, perColumn)
    for (let k = 0; k < perColumn; k++) {
      const noise = random.normal()
      values[k] = isCopy ? (values[k]! + NOISE * noise) / Math.sqrt(1 + NOISE ** 2) : noise
      text += `${at[k]! + 1} ${j + 1} ${stored(values[k]!)}\n`
    }
    if (target.has(j)) {
      const dense = new Float64Array(rows)
      at.forEach((i, k) => {
        dense[i] = stored(values[k]!)
      })
      target.add(j, (i) => dense[i]!)
    }
    if (text.length < 1 << 20 && j < columns - 1) continue
    await file.write(text)
    text = ''
  }
  await file.close()
  writeTarget(targetPath, target.finish(random, 1 / 3))
}

/** In thousandths, and never 0: a stored entry is a non-zero. */
function stored(value: number): number {
  const scaled = Math.round(UNIT * value)
  return Math.max(-VALUE_MAX, Math.min(VALUE_MAX, scaled === 0 ? 1 : scaled))
}

/** Distinct rows, ascending. */
function someRows(below: (bound: number) => number, rows: number, count: number): number[] {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(below(rows))
  return [...chosen].sort((a, b) => a - b)
}
