/**
 * Synthetic problems, seeded: the families on which STRADS' claims are reproduced.
 *
 *   blocks      groups of columns that are a common base + noise: parallelism is capped by the groups
 *   neighbours  sparse; each column is a noisy copy of its left neighbour 9 times out of 10
 *               (the STRADS papers' 25 non-zeros a column)
 *   zipf        sparse columns whose non-zeros follow a Zipf law: for load balance
 *
 * Columns are scaled to norm 1 and are not centred. y = Xβ* + noise with a sparse β*.
 */
import type { Dataset } from '../app.ts'
import { axpy } from '../columns.ts'
import type { Manifest, ShardEntry } from '../dataset.ts'
import { type Random, seededRandom } from '../random.ts'
import { encodeShard, openShard, type Shard } from '../shard.ts'

/** A matrix by columns. */
export interface Columns {
  readonly rows: number
  readonly starts: Uint32Array // (d + 1)
  readonly rowIndex: Uint32Array // (nnz) ascending within a column
  readonly values: Float64Array // (nnz)
}

export interface Family extends Columns {
  readonly name: string
  readonly y: Float64Array // (n)
}

export const FAMILIES = ['blocks', 'neighbours', 'zipf'] as const
export type FamilyName = (typeof FAMILIES)[number]

export interface FamilyOptions {
  seed: number
  rows?: number
  columns?: number
}

export function makeFamily(name: FamilyName, options: FamilyOptions): Family {
  switch (name) {
    case 'blocks':
      return blocks(options)
    case 'neighbours':
      return neighbours(options)
    case 'zipf':
      return zipf(options)
  }
}

/** 20 groups of base + 0.3·noise: correlation 1/(1 + 0.09) ≈ 0.92 within a group, d/ρ_s ≈ 20. */
export function blocks({
  seed,
  rows = 500,
  columns = 2000,
  groups = 20,
}: FamilyOptions & {
  groups?: number
}): Family {
  const random = seededRandom(seed)
  const base = Array.from({ length: groups }, () => normals(random, rows))
  const values = new Float64Array(rows * columns)
  for (let j = 0; j < columns; j++) {
    const common = base[Math.floor((j * groups) / columns)]!
    for (let i = 0; i < rows; i++) values[j * rows + i] = common[i]! + 0.3 * random.normal()
  }
  const starts = Uint32Array.from({ length: columns + 1 }, (_, j) => j * rows)
  const rowIndex = Uint32Array.from({ length: rows * columns }, (_, k) => k % rows)
  return finish('blocks', { rows, starts, rowIndex, values }, random)
}

export function neighbours({
  seed,
  rows = 450,
  columns = 10_000,
  perColumn = 25,
}: FamilyOptions & { perColumn?: number }): Family {
  const random = seededRandom(seed)
  const draw = neighbourColumns(random, rows, perColumn)
  const starts = Uint32Array.from({ length: columns + 1 }, (_, j) => j * perColumn)
  const rowIndex = new Uint32Array(perColumn * columns)
  const values = new Float64Array(perColumn * columns)
  for (let j = 0; j < columns; j++) {
    const column = draw()
    rowIndex.set(column.rows, starts[j]!)
    values.set(column.values, starts[j]!)
  }
  return finish('neighbours', { rows, starts, rowIndex, values }, random)
}

/** The columns of that family, one after the other; the arrays are used again for the next one. */
function neighbourColumns(
  random: Random,
  rows: number,
  perColumn: number,
): () => { rows: Uint32Array; values: Float64Array } {
  let isFirst = true
  let at: Uint32Array = new Uint32Array(perColumn)
  const values = new Float64Array(perColumn)
  return () => {
    const isCopy = !isFirst && random.next() < 0.9
    isFirst = false
    if (!isCopy) at = someRows(random, rows, perColumn)
    for (let k = 0; k < perColumn; k++)
      values[k] = (isCopy ? values[k]! : 0) + (isCopy ? 0.3 : 1) * random.normal()
    scaleColumn(values, 0, perColumn)
    return { rows: at, values }
  }
}

/** Column j has about n/(1 + rank) non-zeros, ranks in random order, one at least. */
export function zipf({ seed, rows = 2000, columns = 4000 }: FamilyOptions): Family {
  const random = seededRandom(seed)
  const counts = Uint32Array.from({ length: columns }, (_, k) =>
    Math.max(1, Math.floor(rows / (1 + k))),
  )
  for (let k = columns - 1; k > 0; k--) {
    const other = random.below(k + 1)
    ;[counts[k], counts[other]] = [counts[other]!, counts[k]!]
  }
  const starts = new Uint32Array(columns + 1)
  counts.forEach((count, j) => {
    starts[j + 1] = starts[j]! + count
  })
  const rowIndex = new Uint32Array(starts[columns]!)
  for (let j = 0; j < columns; j++) rowIndex.set(someRows(random, rows, counts[j]!), starts[j]!)
  const values = Float64Array.from(rowIndex, () => random.normal())
  return finish('zipf', { rows, starts, rowIndex, values }, random)
}

/** Distinct rows, ascending. */
function someRows(random: Random, rows: number, count: number): Uint32Array {
  if (count > rows / 4) {
    const all = Uint32Array.from({ length: rows }, (_, i) => i)
    for (let k = 0; k < count; k++) {
      const other = k + random.below(rows - k)
      ;[all[k], all[other]] = [all[other]!, all[k]!]
    }
    return all.subarray(0, count).sort()
  }
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(random.below(rows))
  return Uint32Array.from(chosen).sort()
}

function normals(random: Random, length: number): Float64Array {
  return Float64Array.from({ length }, () => random.normal())
}

function scaleColumn(values: Float64Array, start: number, end: number): void {
  let sum = 0
  for (let k = start; k < end; k++) sum += values[k]! ** 2
  const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0
  for (let k = start; k < end; k++) values[k]! *= scale
}

/** Unit norms, then a target. */
function finish(name: string, columns: Columns, random: Random): Family {
  const { rows, starts, rowIndex, values } = columns
  const d = starts.length - 1
  for (let j = 0; j < d; j++) scaleColumn(values, starts[j]!, starts[j + 1]!)
  const add = (j: number, a: number, out: Float64Array): void => {
    for (let k = starts[j]!; k < starts[j + 1]!; k++) out[rowIndex[k]!]! += a * values[k]!
  }
  return { name, ...columns, y: makeTarget({ rows, columns: d, add }, random) }
}

/** y from a truth of 40 variables (fewer in tiny problems) and noise a third as large. */
function makeTarget(
  matrix: {
    rows: number
    columns: number
    /** out += a·x_j */
    add: (j: number, a: number, out: Float64Array) => void
  },
  random: Random,
): Float64Array {
  const { rows, columns, add } = matrix
  const y = new Float64Array(rows)
  for (let t = 0; t < Math.min(40, Math.ceil(columns / 10)); t++) {
    const j = random.below(columns)
    add(j, random.normal(), y)
  }
  const size = Math.sqrt(y.reduce((sum, v) => sum + v * v, 0))
  const noise = normals(random, rows)
  const loudness = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0))
  for (let i = 0; i < rows; i++) y[i]! += (size / 3 / loudness) * noise[i]!
  return y
}

/** A family as an app sees a dataset: sparse f32 shards of about `shardEntries` entries. */
export function datasetOfFamily(family: Family, shardEntries = 100_000): Dataset {
  const { rows, starts, rowIndex, values, name, y } = family
  const d = starts.length - 1
  const shards: Shard[] = []
  for (let first = 0; first < d; ) {
    let end = first + 1
    while (end < d && starts[end + 1]! - starts[first]! <= shardEntries) end++
    const columns = Array.from({ length: end - first }, (_, c) => {
      const [from, to] = [starts[first + c]!, starts[first + c + 1]!]
      return {
        rows: rowIndex.subarray(from, to),
        values: Float32Array.from(values.subarray(from, to)),
      }
    })
    const shape = { layout: 'sparse', valueType: 'f32', rows, firstColumn: first } as const
    shards.push(openShard(encodeShard({ ...shape, columns })))
    first = end
  }
  return inMemory(name, rows, d, y, shards)
}

/**
 * The neighbours family straight into shards, for d up to 10⁷: 6 bytes an entry and nothing besides.
 * The papers' scale is 450 rows, 10⁶ columns and more, 25 non-zeros each.
 */
export function neighboursDataset({
  seed,
  rows = 450,
  columns: d = 1_000_000,
  perColumn = 25,
  shardColumns = 4_000,
}: FamilyOptions & { perColumn?: number; shardColumns?: number }): Dataset {
  const random = seededRandom(seed)
  const shards: Shard[] = []
  const draw = neighbourColumns(random, rows, perColumn)
  for (let firstColumn = 0; firstColumn < d; firstColumn += shardColumns) {
    const columns = Array.from({ length: Math.min(shardColumns, d - firstColumn) }, () => {
      const column = draw()
      return { rows: column.rows, values: Float32Array.from(column.values) }
    })
    const shape = { layout: 'sparse', valueType: 'f32', rows, firstColumn } as const
    shards.push(openShard(encodeShard({ ...shape, columns })))
  }
  const add = (j: number, a: number, out: Float64Array): void =>
    axpy(shards[Math.floor(j / shardColumns)]!, j % shardColumns, a, out)
  return inMemory('neighbours', rows, d, makeTarget({ rows, columns: d, add }, random), shards)
}

/** A dataset of shards that are there already. Its hashes are numbers: nobody fetches them. */
export function inMemory(
  name: string,
  rows: number,
  columns: number,
  target: Float64Array,
  shards: readonly Shard[],
): Dataset {
  const hash = (k: number): string => k.toString(16).padStart(64, '0')
  const entries = shards.map(
    ({ bytes, firstColumn, columns: count, nonZeros, layout, valueType }, k): ShardEntry => ({
      hash: hash(k),
      bytes: bytes.byteLength,
      firstColumn,
      columns: count,
      nonZeros,
      layout,
      valueType,
    }),
  )
  const manifest: Manifest = {
    version: 1,
    kind: 'matrix',
    id: hash(shards.length),
    name,
    rows,
    columns,
    nonZeros: entries.reduce((sum, entry) => sum + entry.nonZeros, 0),
    constantColumns: 0,
    bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
    shards: entries,
    target: hash(shards.length + 1),
    targetName: null,
    columnNames: null,
    source: 'made up',
  }
  return {
    manifest,
    target,
    shard: (k) => shards[k]!,
    columnName: (j) => `x${j + 1}`,
    rowName: (i) => `${i + 1}`,
    extra: () => undefined,
  }
}
