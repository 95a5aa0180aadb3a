/** Files that wait for their turn when the server shuts down. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryStore } from '../store/memoryStore.ts'
import { freshDir, removeDir } from '../testdata/folders.ts'
import { inlineIngest } from './ingestHost.ts'

test('a file that is being read settles before the end, the next one is not begun', async () => {
  const dir = freshDir()
  const store = memoryStore()
  const host = inlineIngest(store)
  const path = join(dir, 'x.csv')
  writeFileSync(path, 'a,b\n1,2\n3,4\n')
  const [first, second] = ['one', 'two'].map((name) => host.ingest({ path, name }))
  const refused = expect(second).rejects.toMatchObject({ statusCode: 409 })
  await Promise.resolve()
  await host.close()
  expect(await first).toMatchObject({ manifest: { name: 'one' } })
  await refused
  expect(store.datasets().map(({ manifest }) => manifest.name)).toEqual(['one'])
  removeDir(dir)
})
