/** Uploads: their limits, and that nothing of a refused, forgotten or used one stays on the disk. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UserError } from '../../../shared/errors.ts'
import { freshDir, removeDir } from '../testdata/folders.ts'
import { Uploads, uploadBytesMax } from './uploads.ts'

const BYTES_MAX = 1000
let dataDir: string
let uploads: Uploads

beforeEach(() => {
  dataDir = freshDir()
  uploads = new Uploads(dataDir, BYTES_MAX)
})
afterEach(() => {
  vi.useRealTimers()
  uploads.close()
  removeDir(dataDir)
})

const left = (): string[] => readdirSync(uploads.dir)
const body = (...chunks: string[]): Readable =>
  Readable.from(chunks.map((text) => Buffer.from(text)))

test('a file may be as large as the limit, and not a byte larger', async () => {
  const fits = await uploads.receive(body('x'.repeat(600), 'x'.repeat(400)), 'fits.csv')
  await uploads.discard(fits)
  const larger = uploads.receive(body('x'.repeat(600), 'x'.repeat(401)), 'large.csv')
  await expect(larger).rejects.toMatchObject({ statusCode: 413 })
  await expect(larger).rejects.toThrow(/^large\.csv is larger than .*SHOAL_UPLOAD_BYTES_MAX\.$/)
  expect(left()).toEqual([])
})

test('a file that is empty or cut off leaves nothing', async () => {
  await expect(uploads.receive(body(), 'empty.csv')).rejects.toThrow('empty.csv is empty')
  const broken = new Readable({ read() {} })
  broken.push('1,2\n')
  setImmediate(() => broken.destroy())
  await expect(uploads.receive(broken, 'half.csv')).rejects.toThrow(
    new UserError('The upload of half.csv was cut off; send it again.'),
  )
  expect(left()).toEqual([])
})

test('a file that waits is taken once, and forgotten after an hour', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const receive = () => uploads.receive(body('1\n2\n'), 'y.csv')
  const once = await uploads.keep(await receive())
  await uploads.discard(uploads.take(once))
  expect(() => uploads.take(once)).toThrow(/used once/)
  const forgotten = await uploads.keep(await receive())
  expect(left()).toHaveLength(1)
  vi.advanceTimersByTime(3_600_000)
  expect(() => uploads.take(forgotten)).toThrow(/kept for an hour/)
  await vi.waitUntil(() => left().length === 0)
})

test('no more than twenty wait; one too many is refused and leaves nothing', async () => {
  for (let k = 0; k < 20; k++) await uploads.keep(await uploads.receive(body('1'), 'y.csv'))
  const file = await uploads.receive(body('1'), 'y.csv')
  await expect(uploads.keep(file)).rejects.toThrow(/^20 files wait/)
  expect(left()).toHaveLength(20)
})

test('what a crash has left behind goes at the next start', () => {
  writeFileSync(join(uploads.dir, 'half'), 'x')
  uploads = new Uploads(dataDir, BYTES_MAX)
  expect(left()).toEqual([])
})

test('a limit that is no number of bytes is a sentence, not the default', () => {
  expect(uploadBytesMax(undefined)).toBe(8e9)
  expect(uploadBytesMax('2e6')).toBe(2e6)
  for (const given of ['8GB', '0', '-1', 'NaN'])
    expect(() => uploadBytesMax(given)).toThrow(/^SHOAL_UPLOAD_BYTES_MAX is .*such as 20e9\.$/)
})
