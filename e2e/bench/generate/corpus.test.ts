/** A generated corpus is read back whole, is the same from one seed, and has topics to be found. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDataset } from '../../../server/io/engine/dataset.ts'
import { ingest } from '../../../server/io/ingest/ingest.ts'
import { memoryStore } from '../../../server/io/store/memoryStore.ts'
import { lda } from '../../../shared/apps/lda/app.ts'
import { push } from '../../../shared/apps/lda/push.ts'
import { drive } from '../../../shared/apps/lda/testData.ts'
import { seededRandom } from '../../../shared/random.ts'
import { writeCorpus } from './corpus.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-corpus-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const shape = { words: 3000, topics: 10, tokens: 40_000, length: 80, alphaSum: 1, seed: 4 }

test('a corpus: so many tokens, the same from one seed, and topics explain it', async () => {
  const path = join(folder, 'docword.txt')
  const written = await writeCorpus({ path, ...shape })
  expect(written.tokens / shape.tokens).toBeGreaterThan(0.9)
  expect(written.tokens / shape.tokens).toBeLessThan(1.1)
  const again = join(folder, 'again.txt')
  await writeCorpus({ path: again, ...shape })
  expect(readFileSync(again).equals(readFileSync(path))).toBe(true)

  const store = memoryStore()
  const manifest = await ingest({ path, kind: 'corpus' }, store)
  expect(manifest).toMatchObject({ columns: written.documents, nonZeros: written.entries })
  const spec = { topics: 10, sweeps: 25, schedule: { audit: 0 } }
  const state = lda.open(lda.spec.parse(spec), openDataset(store, manifest), seededRandom(1))
  expect(state.corpus.tokens).toBe(written.tokens)
  drive(lda, state, { slots: 2, push })
  const { sweeps } = state
  // Nats a token: topics that explain nothing would gain nothing.
  expect(sweeps.at(-1)!.logLikelihoodPerToken).toBeGreaterThan(
    sweeps[0]!.logLikelihoodPerToken + 0.5,
  )
})
