/** What is kept from one bench to the next, and what is looked for on this machine. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { labelOf } from './case.ts'
import { CASES, chooseCases } from './cases.ts'
import { findProgram } from './findPeers.ts'
import { APPS } from './options.ts'
import { type Comparison, loadResults, median, saveResults } from './results.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-results-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

test('results come back as they were; without a file there are none', () => {
  const result: Comparison = {
    ...{ case: CASES[0]!, ours: [{ workers: 1, runs: [], failed: '> 5 s' }], seconds: 12 },
    ...{ peers: [{ name: 'celer', runs: [], failed: 'wrote no β' }], load: [0.5, 1] },
  }
  const path = join(folder, 'new', 'results.json')
  expect(loadResults(path)).toEqual([])
  saveResults(path, [result])
  expect(loadResults(path)).toEqual(JSON.parse(JSON.stringify([result])))
})

test('a median of runs of which most never end never ends', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([1, Infinity, Infinity])).toBe(Infinity)
  expect(median([Infinity, Infinity])).toBe(Infinity)
  expect(median([])).toBeNaN()
})

test('programs are found in the folders of SHOAL_PEERS, if they can be started', () => {
  const [good, bad] = [join(folder, 'shoal-test-peer'), join(folder, 'shoal-test-text')]
  for (const path of [good, bad]) writeFileSync(path, '#!/bin/sh\n')
  chmodSync(good, 0o755)
  vi.stubEnv('SHOAL_PEERS', ['/nowhere', folder].join(delimiter))
  expect(findProgram('shoal-test-peer')).toBe(good)
  expect(findProgram('shoal-test-text')).toBeNull()
})

test('names tell cases apart; huge ones run only by name', () => {
  const names = CASES.map(labelOf)
  expect(new Set(names).size).toBe(names.length)
  const chosen = (asked: { sets?: string[]; match?: string[] }) => {
    const { cases, missing } = chooseCases({
      apps: APPS,
      sets: [],
      match: [],
      quick: false,
      ...asked,
    })
    return [...cases, ...missing]
  }
  expect(chosen({}).some(({ size }) => size === 'huge')).toBe(false)
  const huge = chosen({ sets: ['ratings-1e8'] })
  expect(huge.map(({ app }) => app)).toEqual(['mf', 'mfsgd'])
  expect(huge.every(({ size }) => size === 'huge')).toBe(true)
  expect(chosen({ match: ['leukemia 0.01'] }).map(({ app }) => app)).toEqual(['lasso', 'logistic'])
})
