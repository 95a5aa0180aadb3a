/** The real sets as problems for rounds: leukemia, which the project brings, and what else is there. */
import { join, relative } from 'node:path'
import type { Dataset } from '../../shared/app.ts'
import { forEachEntry } from '../../shared/columns.ts'
import {
  genotypes,
  isPresent,
  type LassoSet,
  leukemia,
  newsgroups,
  sharedDataDir,
} from '../lassoSets.ts'
import { type Design, denseDesign, type LassoProblem, lassoOf, sparseDesign } from './problem.ts'
import { openSet } from './realSets.ts'

/** λ/λmax at which the references of lassoSets.ts hold, and the rounds are run. */
const RATIO = 0.1

/** The sets that are there; those that are not shipped are looked for in `dataDir`. */
export function realSets(dataDir: string | null): LassoSet[] {
  const moved = (set: LassoSet, folder: string): LassoSet => {
    const at = (path: string): string => join(folder, relative(sharedDataDir, path))
    return { ...set, data: at(set.data), target: set.target === null ? null : at(set.target) }
  }
  const shared = dataDir === null ? [] : [genotypes, newsgroups].map((set) => moved(set, dataDir))
  return [leukemia, ...shared].filter(isPresent)
}

/** A real set at 0.1 λmax, standardised as its reference is; F* is the reference's. */
export async function realProblem(set: LassoSet): Promise<LassoProblem> {
  const dataset = await openSet(set)
  const isPlain = set.flags.includes('--no-standardize')
  const y = Float64Array.from(dataset.target!)
  if (!isPlain) centre(y)
  const reference = set.references.find(({ ratio }) => ratio === RATIO)!
  // References are of 1/(2n)‖y − Xβ‖² + λ‖β‖₁; here nothing is divided by n.
  return lassoOf(set.name, isPlain ? sparse(dataset) : standardised(dataset), y, RATIO, {
    optimum: reference.objective * y.length,
    nonZeros: reference.nonZeros,
  })
}

function centre(values: Float64Array | Float32Array): void {
  let mean = 0
  for (const v of values) mean += v / values.length
  for (let i = 0; i < values.length; i++) values[i]! -= mean
}

/** Columns of mean 0 and norm 1: the lasso of standardised columns, β in other units. */
function standardised({ manifest, shard: open }: Dataset): Design {
  const { rows, columns } = manifest
  const values = new Float32Array(rows * columns)
  manifest.shards.forEach(({ firstColumn }, k) => {
    const shard = open(k)
    for (let j = 0; j < shard.columns; j++) {
      const column = new Float64Array(rows)
      forEachEntry(shard, j, (i, x) => {
        column[i] = x
      })
      centre(column)
      const norm = Math.sqrt(column.reduce((sum, v) => sum + v * v, 0))
      const scale = norm > 1e-9 ? 1 / norm : 0
      values.set(
        column.map((v) => v * scale),
        (firstColumn + j) * rows,
      )
    }
  })
  return denseDesign(rows, values)
}

function sparse({ manifest, shard: open }: Dataset): Design {
  const { rows, columns, nonZeros } = manifest
  const starts = new Uint32Array(columns + 1)
  const rowIndex = new Uint32Array(nonZeros)
  const values = new Float64Array(nonZeros)
  let at = 0
  manifest.shards.forEach(({ firstColumn }, k) => {
    const shard = open(k)
    for (let j = 0; j < shard.columns; j++) {
      forEachEntry(shard, j, (i, x) => {
        rowIndex[at] = i
        values[at++] = x
      })
      starts[firstColumn + j + 1] = at
    }
  })
  return sparseDesign({ rows, starts, rowIndex, values })
}
