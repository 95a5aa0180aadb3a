/** The owner token: made once, read only by its owner, compared whole. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../../../shared/errors.ts'
import { freshDir, removeDir } from '../testdata/folders.ts'
import { ownerToken, tokenCheck } from './auth.ts'

let dir: string
beforeEach(() => {
  dir = freshDir()
})
afterEach(() => removeDir(dir))

test('is made once, in a file that only its owner reads', () => {
  const { token, path } = ownerToken(dir)
  expect(token).toMatch(/^[\w-]{32}$/)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).toBe(`${token}\n`)
  expect(ownerToken(dir)).toEqual({ token, path })
})

test('a file without a token is a sentence, not an open door', () => {
  const { path } = ownerToken(dir)
  for (const damaged of ['', '\n', 'short'])
    expect(() => {
      writeFileSync(path, damaged)
      ownerToken(dir)
    }).toThrow(UserError)
})

test('only the whole token is right', () => {
  const isOwner = tokenCheck('a-token-of-some-length')
  expect(isOwner('a-token-of-some-length')).toBe(true)
  for (const wrong of [
    'a-token-of-some-lengt',
    'a-token-of-some-length ',
    'A-token-of-some-length',
    '',
  ])
    expect(isOwner(wrong), wrong).toBe(false)
  for (const odd of [undefined, null, 0, {}, ['a-token-of-some-length']])
    expect(isOwner(odd)).toBe(false)
})
