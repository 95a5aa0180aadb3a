/** A data directory that cannot be is refused in a sentence, and one that can is made. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeDataDir } from './dataDir.ts'

const dir = mkdtempSync(join(tmpdir(), 'shoal-dir-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('it is made, for its owner alone, with what leads there', () => {
  const path = join(dir, 'a', 'b')
  makeDataDir(path)
  makeDataDir(path)
  expect(statSync(path).mode & 0o777).toBe(0o700)
})

test('a file is no data directory, nor is what lies below one', () => {
  const file = join(dir, 'file')
  writeFileSync(file, '')
  expect(() => makeDataDir(file)).toThrow(
    `The data directory ${file} is a file, not a folder; choose another with --data-dir.`,
  )
  expect(() => makeDataDir(join(file, 'x'))).toThrow(/lies below a file, not a folder; choose/)
})
