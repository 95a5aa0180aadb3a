/**
 * The grid: training documents cut into parts, the vocabulary into blocks. A cell is a part × a
 * block, and what one lease covers. Cells in flight share neither a part nor a block.
 *
 * A grid follows from the corpus and two numbers, so that the log need only name those two.
 */
import { cutEvenly, lastAtMost } from '../../rotation/cut.ts'
import { NOTHING_TO_DO, type Rotating } from '../../rotation/rotate.ts'
import type { Corpus } from './corpus.ts'

export interface Grid extends Rotating {
  /** As asked for; where documents or words are few, there are fewer. */
  readonly asked: { readonly parts: number; readonly blocks: number }
  /** Documents of part p are training[parts[p] … parts[p + 1]]. */
  readonly parts: Uint32Array
  /** Words of block u are blocks[u] … blocks[u + 1]. */
  readonly blocks: Uint32Array
  /** Shards of each part. */
  readonly shards: readonly (readonly number[])[]
  /** Has a part been changed since its documents were counted (byDocument.ts)? */
  readonly isStale: Uint8Array
  /** Pairs (topic, count) of each when it was last leased. */
  readonly partPairs: Uint32Array
  readonly blockPairs: Uint32Array
  /** Where in byWord.z each word's tokens of part p begin, once somebody asked (parts + 1; words). */
  readonly edges: (Uint32Array | null)[]
}

export function openGrid(corpus: Corpus, parts: number, blocks: number, passes: number): Grid {
  const partStarts = cutDocuments(corpus, parts)
  const blockStarts = cutEvenly(corpus.wordTokens, Math.min(blocks, corpus.words))
  const m = partStarts.length - 1
  const n = blockStarts.length - 1
  const cells = new Uint32Array(m * n).fill(NOTHING_TO_DO)
  const grid: Grid = {
    asked: { parts, blocks },
    parts: partStarts,
    blocks: blockStarts,
    shards: Array.from({ length: m }, (_, p) =>
      shardsOf(corpus, partStarts[p]!, partStarts[p + 1]!),
    ),
    passes: cells,
    versions: [new Uint32Array(m), new Uint32Array(n), cells],
    isStale: new Uint8Array(m),
    ...{ partPairs: new Uint32Array(m), blockPairs: new Uint32Array(n) },
    edges: Array.from({ length: m + 1 }, () => null),
    busyPart: new Uint8Array(m),
    busyBlock: new Uint8Array(n),
  }
  markCells(corpus, grid, passes)
  return grid
}

export const partsOf = (grid: Grid): number => grid.parts.length - 1
export const blocksOf = (grid: Grid): number => grid.blocks.length - 1

/** Which cells have tokens. */
function markCells(corpus: Corpus, grid: Grid, passes: number): void {
  const n = blocksOf(grid)
  const blockOf = new Uint16Array(corpus.words)
  for (let u = 0; u < n; u++) blockOf.fill(u, grid.blocks[u]!, grid.blocks[u + 1]!)
  for (let p = 0; p < partsOf(grid); p++)
    for (let i = grid.parts[p]!; i < grid.parts[p + 1]!; i++) {
      const d = corpus.training[i]!
      for (let t = corpus.starts[d]!; t < corpus.starts[d + 1]!; t++)
        grid.passes[p * n + blockOf[corpus.word[t]!]!] = passes
    }
}

function firstColumns(corpus: Corpus): number[] {
  return corpus.dataset.manifest.shards.map((shard) => shard.firstColumn)
}

function shardsOf(corpus: Corpus, from: number, to: number): number[] {
  const firsts = firstColumns(corpus)
  const shards: number[] = []
  for (let i = from; i < to; i++) {
    const d = corpus.training[i]!
    while (shards.length === 0 || d >= (firsts[shards.at(-1)! + 1] ?? Number.POSITIVE_INFINITY))
      shards.push(shards.length === 0 ? lastAtMost(firsts, d) : shards.at(-1)! + 1)
  }
  return shards
}

/**
 * Many shards for each part: whole shards. Otherwise documents, wherever shards end: a part more or less
 * costs a sweep as many leases as there are blocks, a part that needs two shards a download.
 */
function cutDocuments(corpus: Corpus, parts: number): Uint32Array {
  const { training, starts } = corpus
  const firsts = firstColumns(corpus)
  const sizes = Uint32Array.from(training, (d) => starts[d + 1]! - starts[d]!)
  if (firsts.length < 4 * parts) return cutEvenly(sizes, Math.min(parts, training.length))
  // Training documents of shard s are training[bounds[s] … bounds[s + 1]].
  const bounds = firsts.map((first) => countBelow(training, first))
  bounds.push(training.length)
  const inShards = firsts.map((_, s) =>
    sizes.subarray(bounds[s]!, bounds[s + 1]!).reduce((sum, size) => sum + size, 0),
  )
  return cutEvenly(inShards, parts).map((s) => bounds[s]!)
}

function countBelow(ascending: Uint32Array, x: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}
