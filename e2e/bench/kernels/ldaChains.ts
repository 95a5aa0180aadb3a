/**
 * How many draws of a topic model can be made at once, exactly: why a GPU has none
 * (client/backends/webgpu/programs.ts).
 *
 *   node server/setup/runTs.mjs e2e/bench/kernels/ldaChains.ts
 *
 * Two draws may not share a document or a word, for each needs the counts that the other leaves. So
 * documents and words are cut into G groups of about equal size, and in each of G turns G cells that
 * share neither are sampled, one chain of draws each; a turn takes as long as its largest cell. Tokens
 * over the sum of those is how many chains are busy on average – with the whole corpus in one lease,
 * which leases never have.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { formatTable } from '../../../server/cli/format.ts'
import { sharedDataDir } from '../../lassoSets.ts'

const path = join(sharedDataDir, 'lda/newsgroups/docword.txt.gz')
const GROUPS = [16, 64, 256, 1024]

/** Where one of `sizes` goes so that G groups come out even: the largest first, to whoever has least. */
function groupsOf(sizes: Float64Array, G: number): Uint32Array {
  const load = new Float64Array(G)
  const group = new Uint32Array(sizes.length)
  const order = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!)
  for (const k of order) {
    let least = 0
    for (let g = 1; g < G; g++) if (load[g]! < load[least]!) least = g
    group[k] = least
    load[least]! += sizes[k]!
  }
  return group
}

function main(): void {
  if (!existsSync(path)) {
    console.error(`${path}: not found; SHOAL_DATA names the folder of the data sets.`)
    process.exitCode = 1
    return
  }
  // Three lines of sizes, then "document word count", both from 1.
  const numbers = gunzipSync(readFileSync(path)).toString().split(/\s+/).map(Number)
  const [D, W, count] = numbers as [number, number, number]
  const entries = Array.from({ length: count }, (_, e) => numbers.slice(3 + 3 * e, 6 + 3 * e))
  const documents = new Float64Array(D)
  const words = new Float64Array(W)
  let tokens = 0
  for (const [d, w, n] of entries as [number, number, number][]) {
    documents[d - 1]! += n
    words[w - 1]! += n
    tokens += n
  }
  const rows = GROUPS.map((G) => {
    const [ofDocument, ofWord] = [groupsOf(documents, G), groupsOf(words, G)]
    const cells = new Float64Array(G * G)
    for (const [d, w, n] of entries as [number, number, number][])
      cells[ofDocument[d - 1]! * G + ofWord[w - 1]!]! += n
    let waited = 0
    for (let turn = 0; turn < G; turn++) {
      let largest = 0
      for (let g = 0; g < G; g++) largest = Math.max(largest, cells[g * G + ((g + turn) % G)]!)
      waited += largest
    }
    return [`${G}`, `${waited}`, (tokens / waited).toFixed(0)]
  })
  console.log(
    `${tokens} tokens; the commonest word is 1 in ${(tokens / Math.max(...words)).toFixed(0)}`,
  )
  console.log(formatTable(['groups', 'draws one after the other', 'chains busy'], rows))
}

main()
