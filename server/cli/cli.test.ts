/** The command line's words: flags to specs, numbers to text, failures to sentences. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lasso } from '../../shared/apps/lasso/app.ts'
import { svm } from '../../shared/apps/svm/app.ts'
import type { JobView } from '../../shared/protocol.ts'
import { addAppFlags, appSpec } from './appFlags.ts'
import { connect, isServerNamed, parseUrl } from './connection.ts'
import { dataInput, progressBar } from './dataInput.ts'
import { checkKind, type DataOptions } from './dataOptions.ts'
import { describeShape } from './datasetWords.ts'
import { formatBytes, formatNumber, formatSeconds, formatTable, plural } from './format.ts'
import { checkFinished, progressLine } from './jobs.ts'
import { measureLines, numbersOf, shortMeasures, speedsOf } from './measures.ts'
import { createOutput } from './output.ts'
import { Stopped, sleep, unlessAborted } from './signals.ts'

function specOf(...args: string[]): Record<string, unknown> {
  const command = addAppFlags(new Command('lasso'), lasso).exitOverride()
  command.configureOutput({ writeErr: () => {} })
  command.parse(args, { from: 'user' })
  return appSpec(command, lasso)
}

describe('lasso flags', () => {
  test('leave out what is not given, so that defaults stand in one place', () => {
    expect(specOf('--lambda-ratio', '0.1')).toEqual({ lambdaRatio: 0.1 })
  })

  test('reach every field they name', () => {
    const spec = specOf(
      ...['--path', '20', '--cv', '5', '--tol', '1e-5', '--no-standardize', '--no-intercept'],
      ...['--no-priority', '--power', '2', '--rho', '0.1', '--no-guard', '--memory', '0'],
      ...['--lease-ms', '200'],
    )
    const schedule = {
      ...{ priority: false, power: 2, rho: 0.1, guard: false, memory: 0, leaseMs: 200 },
    }
    expect(spec).toEqual({
      ...{ path: 20, cv: 5, tol: 1e-5, standardize: false, intercept: false },
      schedule,
    })
    expect(lasso.spec.parse(spec)).toMatchObject(spec)
  })

  test('name each option once', () => {
    const names = lasso.flags.map(({ field }) => field)
    expect(new Set(names).size).toBe(names.length)
  })

  test('say their default, in their own words or as the spec has it', () => {
    const { options } = addAppFlags(new Command('svm'), svm)
    const helpOf = (name: string) => options.find(({ long }) => long === name)!.description
    expect(helpOf('--bias')).toMatch(/\(default: 0, no bias\)$/)
    expect(helpOf('--lease-ms')).toBe('length of a lease to aim for (default: 100)')
    expect(helpOf('--no-priority')).toBe('draw blocks uniformly')
  })

  test.each([
    [['--lambda', '-1'], /^--lambda -1: must be > 0\.$/],
    [['--lambda-ratio', '2'], /^--lambda-ratio 2: /],
    [
      ['--lambda', '1', '--lambda-ratio', '0.1'],
      /exactly one of --lambda, --lambda-ratio and --path/,
    ],
    [[], /exactly one of --lambda/],
    [['--lambda', '1', '--cv', '5'], /--cv needs a --path/],
    [['--lambda', 'much'], /'much' is invalid. Expected a number/],
    [['--lambda', 'NaN'], /Expected a number/],
    [['--rho', '3', '--path', '5'], /^--rho 3: /],
    [['--path', '1'], /^--path 1: must be ≥ 2\.$/],
    [['--path', '5', '--policy', 'luck'], /^--policy luck: expected one of sap, priority, /],
  ])('%j is refused', (args, sentence) => {
    expect(() => specOf(...args)).toThrow(sentence)
  })
})

describe('files', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'shoal-cli-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('--target is a file when there is one, else a column', () => {
    const x = join(dir, 'X.csv')
    const y = join(dir, 'y.csv')
    writeFileSync(x, '')
    writeFileSync(y, '')
    expect(dataInput('matrix', x, undefined, { target: y })).toEqual({ path: x, targetPath: y })
    expect(dataInput('matrix', x, 'n', { target: 'price', impute: 'mean' })).toEqual({
      path: x,
      name: 'n',
      target: 'price',
      impute: 'mean',
    })
    expect(() => dataInput('matrix', x, undefined, { target: join(dir, 'z.csv') })).toThrow(
      /no file .*z\.csv/,
    )
    expect(() => dataInput('matrix', join(dir, 'Z.npy'), undefined, {})).toThrow(/no file .*Z\.npy/)
  })

  test('ratings and corpora have flags of their own', () => {
    const file = join(dir, 'data.txt')
    writeFileSync(file, '')
    expect(dataInput('ratings', file, 'r', { holdout: 0.1, seed: 3, target: 'y' })).toEqual({
      ...{ path: file, name: 'r', kind: 'ratings', holdout: 0.1, seed: 3 },
    })
    expect(dataInput('ratings', file, undefined, { test: file })).toEqual({
      ...{ path: file, kind: 'ratings', testPath: file },
    })
    const options = { vocab: file, format: 'lda-c', minDf: 5, minLength: 3 } as const
    expect(dataInput('corpus', file, undefined, { ...options, stopWords: false })).toEqual({
      ...{ path: file, kind: 'corpus', vocabPath: file, corpusFormat: 'lda-c' },
      ...{ minDocumentFrequency: 5, minWordLength: 3, stopWords: false },
    })
    const wrong: [DataOptions, RegExp][] = [
      [{ test: file, holdout: 0.1 }, /keep one of them/],
      [{ test: join(dir, 'none') }, /^--test: there is no file/],
      [{ holdout: 1 }, /^--holdout 1: expected a share/],
    ]
    for (const [given, sentence] of wrong)
      expect(() => dataInput('ratings', file, undefined, given)).toThrow(sentence)
    expect(() => dataInput('corpus', file, undefined, { vocab: 'none' })).toThrow(/^--vocab: /)
  })

  test('a flag of another kind is refused', () => {
    expect(() => checkKind('matrix', { minDf: 2 })).toThrow(
      /^--min-df describes a corpus; leave it out, or add --kind corpus\.$/,
    )
    expect(() => checkKind('ratings', { target: 'y' })).toThrow(/^--target describes a matrix/)
    expect(() => checkKind('corpus', { minDf: 2, stopWords: false })).not.toThrow()
  })

  test('a server is found by its data directory, the environment or flags', () => {
    writeFileSync(join(dir, 'server.json'), '{"url":"http://127.0.0.1:7071"}')
    expect(() => connect({ dataDir: dir }, {})).toThrow(/no owner token in .*--token/)
    writeFileSync(join(dir, 'owner-token'), 'secret\n')
    expect(connect({ dataDir: dir }, {}).url).toBe('http://127.0.0.1:7071')
    expect(connect({ dataDir: dir }, { SHOAL_URL: 'http://a:1/' }).url).toBe('http://a:1')
    expect(connect({ dataDir: dir, url: 'https://b' }, { SHOAL_URL: 'http://a' }).url).toBe(
      'https://b',
    )
    expect([{}, { SHOAL_URL: 'http://a' }].map((env) => isServerNamed({}, env))).toEqual([
      false,
      true,
    ])
    expect(isServerNamed({ url: 'https://b' }, {})).toBe(true)
    expect(() => connect({ dataDir: join(dir, 'none') }, {})).toThrow(/`shoal serve`/)
    writeFileSync(join(dir, 'server.json'), '{"url":')
    expect(() => connect({ dataDir: dir }, {})).toThrow(/damaged/)
  })
})

test.each(['localhost:7070', 'ftp://x', 'nonsense', ''])('%j is no address', (text) => {
  expect(() => parseUrl(text)).toThrow(/expected one like http/)
})

test('a volunteer URL loses its query and fragment', () => {
  expect(parseUrl('http://10.0.0.1:7070/?workers=2#start')).toBe('http://10.0.0.1:7070')
})

describe('output', () => {
  const streams = (isTTY: boolean) => {
    const written = { out: '', err: '' }
    const append = (to: keyof typeof written) => (text: string) => {
      written[to] += text
    }
    const stdout = { write: append('out') }
    const stderr = { write: append('err'), isTTY, columns: 20 }
    return { written, streams: { stdout, stderr } }
  }

  test('with --json the last line of stdout is one object, all else is on stderr', () => {
    const { written, streams: s } = streams(true)
    const output = createOutput(true, s)
    output.progress('a long line that would wrap around')
    output.note('noted')
    output.result('text', { gap: 1e-7 })
    expect(written.out).toBe('{"gap":1e-7}\n')
    expect(written.err).toBe('\r\x1b[Ka long line that wo\nnoted\n')
  })

  test('a file of the log is not filled with progress', () => {
    const { written, streams: s } = streams(false)
    const output = createOutput(false, s)
    for (let k = 0; k < 100; k++) output.progress(`${k}`)
    output.result('text', {})
    expect(written).toEqual({ out: 'text\n', err: '' })
  })
})

test('numbers for people', () => {
  expect([0, 999, 1234, 1_903_334, 4.8e9].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.23 kB',
    '1.90 MB',
    '4.80 GB',
  ])
  expect([0.25, 12.34, 3000, 9000].map(formatSeconds)).toEqual([
    '250 ms',
    '12.3 s',
    '50 min 00 s',
    '2 h 30 min',
  ])
  expect([0.12126495274, 4.1e-7, 36, null, Number.NaN].map((x) => formatNumber(x, 10))).toEqual([
    '0.1212649527',
    '4.1e-7',
    '36',
    '–',
    '–',
  ])
  expect([plural(1, 'tab'), plural(2, 'tab')]).toEqual(['1 tab', '2 tabs'])
  expect(
    formatTable(
      ['name', 'gap'],
      [
        ['a', '1e-7'],
        ['long', '–'],
      ],
    ),
  ).toBe('name   gap\na     1e-7\nlong     –')
  expect(progressBar('reading', 0.5)).toBe('reading ████████████░░░░░░░░░░░░ 50 %')
})

test('a job in one line, and its numbers from wherever the app put them', () => {
  const counters = { updates: 5000 }
  const values = { gap: 3.21e-5, objective: 0.121, nnz: 36 }
  const job = {
    ...{ status: 'running', phase: 'λ 3/9', runningMs: 2000 },
    values,
    counters,
  } as unknown as JobView
  expect(progressLine(job)).toBe(
    'λ 3/9 · gap 0.000032 · objective 0.121 · 36 non-zeros · 2,500 updates/s',
  )
  const summary = { gap: 1e-7, lambda: 0.1, lambdaMax: 1 }
  expect(numbersOf({ ...job, summary })).toEqual({ ...values, ...summary })
})

test('a job that has not finished is a failure of who waited for it', () => {
  const job = { id: 'j', error: null } as JobView
  expect(() => checkFinished({ ...job, status: 'finished' })).not.toThrow()
  expect(() => checkFinished({ ...job, status: 'cancelled' })).toThrow('Job j was cancelled')
  expect(() => checkFinished({ ...job, status: 'failed', error: 'The disk is full.' })).toThrow(
    /^Job j failed: The disk is full\.$/,
  )
})

test('every app shows its own numbers', () => {
  const shown = (values: Record<string, number>) => shortMeasures(values).join(' · ')
  expect(shown({ sweep: 3, objective: 1.5, testRmse: 1.54321, testMae: 1.1 })).toBe(
    'objective 1.5 · test RMSE 1.543',
  )
  expect(shown({ logLikelihoodPerToken: -7.591234, sError: 0.001 })).toBe(
    'log-likelihood -7.5912 per token',
  )
  expect(shown({ epoch: 3 })).toBe('epoch 3')
  expect(measureLines({ objective: 2, gap: null, sweeps: 30, other: 1 })).toEqual([
    '  objective       2',
    '  sweeps          30',
  ])
  const job = { summary: { tokensSampled: 1000 } } as unknown as JobView
  expect(speedsOf(job, 2)).toEqual({ tokensPerSecond: 500 })
  expect(speedsOf({ ...job, summary: null }, 2)).toEqual({})
})

test('a dataset in the words of its kind', () => {
  expect(describeShape('matrix', 72, 7129)).toBe('72 × 7,129')
  expect(describeShape('ratings', 16_554, 1)).toBe('16,554 users × 1 item')
  expect(describeShape('corpus', 7865, 1189)).toBe('1,189 documents, 7,865 words')
})

describe('stopping', () => {
  test('cuts waits short and leaves no listeners', async () => {
    const controller = new AbortController()
    const { signal } = controller
    expect(await unlessAborted(signal, Promise.resolve(1))).toBe(1)
    const waits = [sleep(60_000, signal), unlessAborted(signal, new Promise(() => {}))]
    controller.abort(new Stopped('SIGINT'))
    await expect(waits[0]).resolves.toBeUndefined()
    await expect(waits[1]).rejects.toBeInstanceOf(Stopped)
    await sleep(60_000, signal)
  })
})
