/**
 * Speed of the topic sampler, in tokens a second, beside the same algorithm in C (native/lda.c, -O3) on
 * the same leases, which must draw the same topics: `measureLda()` for `npm run bench:kernels`.
 *
 * The corpus is newsgroups where it is present, else one drawn from a model; topics are those of a
 * model after a few sweeps, because fresh ones are spread as they never are again.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend } from '../../../client/backends/backend.ts'
import { choose } from '../../../client/backends/load.ts'
import { openDataset } from '../../../server/io/engine/dataset.ts'
import { ingest } from '../../../server/io/ingest/ingest.ts'
import { memoryStore } from '../../../server/io/store/memoryStore.ts'
import type { Block, Dataset } from '../../../shared/app.ts'
import { lda } from '../../../shared/apps/lda/app.ts'
import { readTopic, SCALARS, topicBytes } from '../../../shared/apps/lda/buffers.ts'
import type { Memo } from '../../../shared/apps/lda/leases.ts'
import { corpusOf, drive, generatedTexts } from '../../../shared/apps/lda/testData.ts'
import { sortTokens } from '../../../shared/apps/lda/tokens.ts'
import { seededRandom } from '../../../shared/random.ts'
import type { Arrays } from '../../../shared/wire.ts'
import type { Row } from './measure.ts'

const TOPICS = [100, 1000]
/** Until the lists of the documents are half as long as at random. */
const WARM_SWEEPS = 15
/** What two tabs are leased, with the next lease under way. */
const GRID = { parts: 6, blocks: 6 }
const SECONDS = 0.4
const ROUNDS = 3

const newsgroups = join(
  process.env.SHOAL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url)),
  'lda/newsgroups/docword.txt.gz',
)

export async function measureLda(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-lda-'))
  try {
    const twin = compileTwin(folder)
    const { name, dataset } = await openCorpus()
    return await Promise.all(
      TOPICS.map((topics) => measure(dataset, `${name}, K=${topics}`, topics, twin)),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function openCorpus(): Promise<{ name: string; dataset: Dataset }> {
  if (!existsSync(newsgroups)) {
    const shape = { documents: 8000, words: 20_000, topics: 100, length: 120 }
    const texts = generatedTexts(shape, seededRandom(1))
    return { name: 'lda, a drawn corpus', dataset: corpusOf(texts, shape.words, 2000) }
  }
  const store = memoryStore()
  const manifest = await ingest({ path: newsgroups, kind: 'corpus' }, store)
  return { name: 'lda, newsgroups', dataset: openDataset(store, manifest) }
}

/** Path of the program; null where there is no C compiler. */
export function compileTwin(folder: string): string | null {
  const source = fileURLToPath(new URL('../native/lda.c', import.meta.url))
  const path = join(folder, 'lda')
  const flags = ['-O3', '-march=native', '-ffp-contract=off']
  const { status } = spawnSync('cc', [...flags, '-o', path, source, '-lm'], { stdio: 'ignore' })
  return status === 0 ? path : null
}

async function measure(
  dataset: Dataset,
  kernel: string,
  topics: number,
  twin: string | null,
): Promise<Row> {
  const module = readFileSync(new URL('../../../public/kernels/lda.wasm', import.meta.url))
  const backend = await choose('lda', { module })
  dataset.manifest.shards.forEach((_, k) => {
    backend.hold(String(k), dataset.shard(k).bytes.slice())
  })
  const block = warmLease(dataset, backend, topics)
  const { tokens } = (block.memo as Memo).cell
  const run = (): Arrays => backend.run(block.arrays, block.shards.map(String))
  let best = Number.POSITIVE_INFINITY
  let native = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.min(best, secondsOf(run))
    if (twin) native = Math.min(native, secondsOfTwin(twin, dataset, block, run()))
  }
  const note = twin
    ? `limit: the same in C; ${(best / native).toFixed(2)} × its time, the same topics`
    : 'no C compiler'
  const limit = twin ? tokens / native / 1e6 : null
  return { kernel, achieved: tokens / best / 1e6, unit: 'M tokens/s', limit, note }
}

/** A cell of a model that has been through some sweeps. */
function warmLease(dataset: Dataset, backend: Backend, topics: number): Block {
  const spec = { topics, sweeps: WARM_SWEEPS + 1, schedule: { ...GRID, audit: 0 } }
  const state = lda.open(lda.spec.parse(spec), dataset, seededRandom(1))
  const hashes = new Map(dataset.manifest.shards.map(({ firstColumn }, k) => [firstColumn, k]))
  const app = { ...lda, finished: () => state.sweeps.length >= WARM_SWEEPS }
  drive(app, state, {
    slots: 1,
    push: (lease, shards) =>
      backend.run(
        lease,
        shards.map(({ firstColumn }) => String(hashes.get(firstColumn))),
      ),
  })
  const offer = { workPerMs: 500_000, rttMs: 1, holds: () => true, slots: 1 }
  const block = lda.schedule(state, offer)
  if ('idle' in block) throw new Error(`nothing to lease: ${block.idle}`)
  return block
}

function secondsOf(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (const end = performance.now() + 1000 * SECONDS; performance.now() < end; ) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best / 1000
}

/** @throws when the twin draws other topics */
function secondsOfTwin(twin: string, dataset: Dataset, block: Block, delta: Arrays): number {
  const path = `${twin}.lease`
  writeFileSync(path, leaseFile(dataset, block))
  const out = execFileSync(twin, [path, String(SECONDS)], { encoding: 'utf8' })
  const [seconds, hash] = out.split(' ').map(Number)
  const want = hashOf(block.arrays, delta)
  if (hash !== want) throw new Error(`the topics of the C twin have hash ${hash}, ours ${want}`)
  return seconds!
}

/** FNV-1a over the topics after the push. */
function hashOf(lease: Arrays, delta: Arrays): number {
  const bytes = topicBytes(lease.scalars![SCALARS.topics]!)
  const after = topicsOf(lease.z!, bytes)
  let c = 0
  for (let t = 0; t < after.length; t++)
    if ((delta.changed![t >> 3]! >> (t & 7)) & 1) after[t] = readTopic(delta.topic!, c++, bytes)
  let hash = 2166136261
  for (const topic of after) hash = Math.imul(hash ^ topic, 16777619)
  return hash >>> 0
}

function topicsOf(packed: ArrayLike<number>, bytes: 1 | 2): Uint16Array {
  return Uint16Array.from({ length: packed.length / bytes }, (_, i) => readTopic(packed, i, bytes))
}

/** As native/lda.c reads it. */
export function leaseFile(dataset: Dataset, { arrays, shards }: Block): Buffer {
  const k = arrays.scalars![SCALARS.topics]!
  const bytes = topicBytes(k)
  const z = topicsOf(arrays.z!, bytes)
  const cell = sortTokens(
    arrays,
    shards.map((s) => dataset.shard(s)),
    z.length,
  )
  // Words document by document, as the shards have them: the twin sorts for itself.
  const word = new Uint32Array(z.length)
  const next = new Uint32Array(cell.docTokens.length)
  for (let i = 1; i < next.length; i++) next[i] = next[i - 1]! + cell.docTokens[i - 1]!
  for (let w = 0; w + 1 < cell.starts.length; w++)
    for (let t = cell.starts[w]!; t < cell.starts[w + 1]!; t++) word[next[cell.doc[t]!]!++] = w
  const { docTopics, docCounts, wordTopics, wordCounts } = arrays
  const { docPairs, wordPairs, totals, alpha, seed } = arrays
  const sizes = [k, wordPairs!.length, docPairs!.length, z.length]
  const sections = [
    Uint32Array.of(...sizes, docCounts!.length, wordCounts!.length, ...seed!),
    Float64Array.of(arrays.scalars![SCALARS.beta]!, arrays.scalars![SCALARS.betaSum]!),
    ...[alpha!, totals!, docPairs!, cell.docTokens, wordPairs!, word],
    ...[topicsOf(docTopics!, bytes), topicsOf(wordTopics!, bytes), z],
    ...[docCounts!, wordCounts!],
  ]
  return Buffer.concat(
    sections.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
    ),
  )
}

/** The table, for `node server/setup/runTs.mjs e2e/bench/kernels/lda.ts`. */
if (process.argv[1]?.endsWith('kernels/lda.ts'))
  for (const { kernel, achieved, unit, limit, note } of await measureLda())
    console.log(
      `${kernel.padEnd(24)} ${achieved.toFixed(2)} ${unit}  C: ${limit?.toFixed(2) ?? '–'}  ${note}`,
    )
