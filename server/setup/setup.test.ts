/** Set-up does what is missing and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { differsFromLock, networkFault } from './dependencies.mjs'
import { exclusively } from './lock.mjs'
import { buildAndStamp, fingerprint, isStale } from './stamps.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shoal-setup-'))
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/a.ts'), 'a')
  writeFileSync(join(root, 'src/deep/b.as.ts'), 'b')
})
afterEach(() => rmSync(root, { recursive: true }))

const part = { name: 'thing', sources: ['src', 'absent'], outputs: ['out.js'] }
const build = async () => writeFileSync(join(root, 'out.js'), '')

describe('a part', () => {
  test('is stale until it is built, then fresh', async () => {
    expect(isStale(root, part)).toBe(true)
    await buildAndStamp(root, part, build)
    expect(isStale(root, part)).toBe(false)
  })

  test.each([
    ['a source changes', () => writeFileSync(join(root, 'src/a.ts'), 'longer')],
    ['a source is touched', () => utimesSync(join(root, 'src/deep/b.as.ts'), 1, 1)],
    ['a source appears', () => writeFileSync(join(root, 'src/c.ts'), '')],
    ['a source goes', () => rmSync(join(root, 'src/a.ts'))],
    ['the output goes', () => rmSync(join(root, 'out.js'))],
  ])('is stale when %s', async (_, change) => {
    await buildAndStamp(root, part, build)
    change()
    expect(isStale(root, part)).toBe(true)
  })

  test('does not mind tests, nor files it does not use', async () => {
    const kernels = { ...part, only: /\.as\.ts$/ }
    await buildAndStamp(root, kernels, build)
    writeFileSync(join(root, 'src/a.ts'), 'longer')
    expect(isStale(root, kernels)).toBe(false)
    const before = fingerprint(root, ['src'])
    writeFileSync(join(root, 'src/a.test.ts'), '')
    expect(fingerprint(root, ['src'])).toBe(before)
  })

  test('stays stale when its build fails', async () => {
    await buildAndStamp(root, part, build)
    const fail = () => Promise.reject(new Error('no'))
    await expect(buildAndStamp(root, part, fail)).rejects.toThrow('no')
    expect(isStale(root, part)).toBe(true)
  })
})

describe('the installed packages', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', dev: true },
    'node_modules/c-windows': { version: '3.0.0', optional: true },
  }
  const a = { 'node_modules/a': { version: '1.0.0' } }
  const b = { 'node_modules/b': { version: '2.0.0' } }

  test.each([
    ['everything', { ...a, ...b }, true, null],
    ['no development packages, not needed', a, false, null],
    ['no development packages', a, true, 'node_modules/b is missing'],
    ['nothing', {}, false, 'node_modules/a is missing'],
    [
      'another version',
      { 'node_modules/a': { version: '1.1.0' } },
      false,
      'is 1.1.0, expected 1.0.0',
    ],
    [
      'one too many',
      { ...a, 'node_modules/z': { version: '1.0.0' } },
      false,
      'is not in package-lock',
    ],
  ])('%s', (_, installed, dev, expected) => {
    const reason = differsFromLock(wanted, installed, { dev })
    if (expected === null) expect(reason).toBeNull()
    else expect(reason).toContain(expected)
  })
})

test('a network that is not there is one sentence, of all that npm says', () => {
  const said =
    'npm error code ECONNREFUSED\nnpm error syscall connect\nnpm error     at emit (node:events:1)'
  expect(networkFault(said)).toMatch(
    /^npm could not reach its registry \(ECONNREFUSED\); check .*\.$/,
  )
  expect(networkFault('npm error code EUSAGE')).toBeNull()
})

describe('the lock', () => {
  test('lets one in at a time, and goes with its work', async () => {
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} in`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      order.push(`${name} out`)
    }
    await Promise.all([exclusively(root, work('a')), exclusively(root, work('b'))])
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out'])
  })

  test('of a process that has died is taken over', async () => {
    mkdirSync(join(root, 'dist'))
    writeFileSync(join(root, 'dist/.setup-lock'), '999999999')
    expect(await exclusively(root, async () => 'in')).toBe('in')
  })
})
