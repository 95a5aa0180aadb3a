/** The table that `shoal datasets` prints. */
import { expect, test } from 'vitest'
import type { DatasetView } from '../../shared/protocol.ts'
import { describeDatasets } from './datasets.ts'

test('the datasets of a server, a line each', () => {
  const films = { name: 'films', kind: 'ratings', rows: 2, columns: 3, target: null, bytes: 648e3 }
  const genes = { ...films, name: 'genes', kind: 'matrix', target: 'a', targetName: 'type' }
  const views = [films, genes].map((manifest) => ({
    manifest: { ...manifest, id: 'ab'.repeat(32) },
  }))
  expect(describeDatasets(views as DatasetView[]).split('\n')).toEqual([
    'name   kind                 shape  target    size  id',
    'films  ratings  2 users × 3 items  –       648 kB  abababababab',
    'genes  matrix               2 × 3  type    648 kB  abababababab',
  ])
  expect(describeDatasets([])).toMatch(/^No datasets yet; /)
})
