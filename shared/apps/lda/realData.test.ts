/** The rotation on a real corpus: as good as the serial sampler, and the totals hardly stale. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openDataset } from '../../../server/io/engine/dataset.ts'
import { ingest } from '../../../server/io/ingest/ingest.ts'
import { memoryStore } from '../../../server/io/store/memoryStore.ts'
import { seededRandom } from '../../random.ts'
import { lda } from './app.ts'
import { push } from './push.ts'
import { serialLikelihoods } from './serial.ts'
import { drive } from './testData.ts'

const PATH = fileURLToPath(new URL('../../../../shared/data/lda/kjv/chapters.txt', import.meta.url))
const SWEEPS = 15

// A few seconds of one core; a machine busy with other tests may take many times that.
it.skipIf(!existsSync(PATH))(
  '16 blocks on the King James Bible',
  { timeout: 180_000 },
  async () => {
    const store = memoryStore()
    const dataset = openDataset(store, await ingest({ path: PATH, kind: 'corpus' }, store))
    const spec = { topics: 20, sweeps: SWEEPS, schedule: { parts: 12, blocks: 16, audit: 0 } }
    const open = () => lda.open(lda.spec.parse(spec), dataset, seededRandom(1))
    const [serial] = serialLikelihoods(open(), seededRandom(1), [SWEEPS])
    const state = open()
    drive(lda, state, { slots: 8, push })
    const rotated = state.sweeps.at(-1)!.logLikelihoodPerToken
    expect(rotated / serial!).toBeLessThan(1.01)
    expect(rotated / serial!).toBeGreaterThan(0.98)
    for (const { sError } of state.sweeps.slice(1)) expect(sError).toBeLessThan(0.005)
    expect(lda.summary(state).coherence).toBeGreaterThan(0)
  },
)
