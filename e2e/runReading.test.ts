/** The file of `shoal run`, read in a thread: what is wrong with it, and what a stop leaves. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../server/io/store/lmdbStore.ts'
import { setup } from '../server/setup/setup.mjs'
import { program, shoal } from './shoal.ts'

const dir = mkdtempSync(join(tmpdir(), 'shoal-reading-'))
beforeAll(() => setup({ browser: true }), 300_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const command = (data: string, dataDir: string): string[] => [
  ...['run', 'lasso', '--data', data, '--target', 'y', '--lambda-ratio', '0.1'],
  ...['--data-dir', dataDir],
]

test('a bad file is refused in a sentence', async () => {
  const data = join(dir, 'bad.csv')
  writeFileSync(data, 'a,y\n1,2\n3\n')
  const { code, stderr } = await shoal(command(data, join(dir, 'bad')))
  expect(code).toBe(1)
  expect(stderr.trim()).toBe(
    'bad.csv, line 3 has 1 field, expected 2 as in the first row; check its delimiters and quotes.',
  )
})

test('a stop while it is read leaves nothing', async () => {
  // A second's work; the store's file appears when it begins.
  const data = join(dir, 'large.csv')
  const row = `${Array.from({ length: 100 }, (_, j) => Math.sin(j).toFixed(6)).join()}\n`
  const names = `y,${Array.from({ length: 99 }, (_, j) => `x${j}`).join()}\n`
  writeFileSync(data, `${names}1${row.slice(8)}${row.repeat(150_000)}`)
  const dataDir = join(dir, 'stopped')
  const child = spawn(process.execPath, [program, ...command(data, dataDir)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const timer = setInterval(() => {
    if (existsSync(join(dataDir, 'store', 'data.mdb'))) {
      clearInterval(timer)
      child.kill('SIGINT')
    }
  }, 10)
  const [code] = await once(child, 'close')
  expect({ code, said: said.trim() }).toEqual({ code: 130, said: 'Stopped.' })
  const store = openStore(dataDir)
  expect(store.datasets()).toEqual([])
  expect(await store.sweep(-1000)).toBe(0)
  await store.close()
})
