/** Matrix factorisation and topic models by the command line: files, real tabs, results, audits. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import { csvRows, shipped } from './kit/files.ts'
import { answer, program, shoal } from './shoal.ts'

const train = shipped('movietweetings/train.csv.gz')
const testSet = shipped('movietweetings/test.csv.gz')

let dir: string
/** Every sixth chapter, and a few of the others as new documents. */
let chapters: string
let newChapters: string

beforeAll(async () => {
  await setup({ browser: true })
  dir = mkdtempSync(join(tmpdir(), 'shoal-apps-'))
  const lines = gunzipSync(readFileSync(shipped('kjv/chapters.txt.gz')))
    .toString()
    .split('\n')
  chapters = join(dir, 'chapters.txt')
  newChapters = join(dir, 'new.txt')
  writeFileSync(chapters, `${lines.filter((_, k) => k % 6 === 0).join('\n')}\n`)
  writeFileSync(newChapters, `${lines.filter((_, k) => k % 100 === 1).join('\n')}\n`)
}, 300_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

describe('shoal run mf on MovieTweetings', () => {
  let report: Record<string, unknown>
  let out: string
  beforeAll(async () => {
    out = join(dir, 'mf')
    const files = ['--data', train, '--test', testSet, '--out', out]
    const kept = ['--data-dir', join(dir, 'mf-data')]
    report = await answer(['run', 'mf', ...files, ...kept, '--tabs', '2', '--sweeps', '5'])
  })

  test('reports errors well below that of the mean', () => {
    const { objective, trainRmse, testRmse, testMae, sweeps, seconds } = report
    expect(testRmse).toBeLessThanOrEqual(1.6)
    expect(testMae).toBeLessThan(testRmse as number)
    expect(trainRmse).toBeLessThan(testRmse as number)
    expect(objective).toBeGreaterThan(0)
    expect(sweeps).toBeLessThanOrEqual(5)
    expect(seconds).toBeGreaterThan(0)
    expect(report).toMatchObject({
      volunteers: 2,
      dataset: { kind: 'ratings', rows: 16_554, columns: 10_506, facts: { testRatings: 10_000 } },
    })
  })

  test('hands out factors that NumPy reads, and films nobody has rated yet', () => {
    const factors = readFileSync(join(out, 'user_factors.npy'))
    expect(factors.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'))
    expect(factors.subarray(10, 128).toString('latin1')).toMatch(/'<f4'.*\(16554, 32\)/)
    expect(factors.length).toBe(128 + 16_554 * 32 * 4)
    const values = new Float32Array(new Uint8Array(factors.subarray(128)).buffer)
    expect(values.every(Number.isFinite)).toBe(true)

    const rated = new Set(gunzipSync(readFileSync(train)).toString().split('\n').map(pairOf))
    const [head, ...rows] = csvRows(out, 'recommendations.csv')
    expect(head).toEqual(['user', 'rank', 'item', 'score'])
    expect(rows.length).toBeGreaterThan(100_000)
    expect(rows.filter(([user, , film]) => rated.has(`${user},${film}`))).toEqual([])
  })

  test('its objective never rises, and its log gives the same bytes again', async () => {
    const lines = readFileSync(join(out, 'run.jsonl'), 'utf8').trimEnd().split('\n')
    const objectives = lines
      .map((line) => (JSON.parse(line) as { values: { objective?: number } }).values.objective)
      .filter((objective) => objective !== undefined)
    // Lines are at least 250 ms apart, and this may be over in a second.
    expect(objectives.length).toBeGreaterThan(2)
    for (const [k, objective] of objectives.entries())
      expect(objective).toBeLessThanOrEqual((objectives[k - 1] ?? Number.MAX_VALUE) * (1 + 1e-12))

    const at = ['--data-dir', join(dir, 'mf-data')]
    const replayed = await answer(['replay', String(report.job), ...at])
    expect(replayed).toMatchObject({ equal: true, differing: [] })
    expect(replayed.compared).toContain('item_factors.npy')
  })
})

const pairOf = (line: string): string => line.slice(0, line.lastIndexOf(','))

describe('shoal run lda on a part of the Bible', () => {
  let report: Record<string, unknown>
  let out: string
  beforeAll(async () => {
    out = join(dir, 'lda')
    const files = ['--data', chapters, '--min-df', '3', '--out', out]
    const kept = ['--data-dir', join(dir, 'lda-data')]
    const spec = ['--topics', '20', '--sweeps', '30']
    report = await answer(['run', 'lda', ...files, ...kept, ...spec, '--tabs', '2'])
  })

  test('the likelihood rises', () => {
    const [head, ...rows] = csvRows(out, 'sweeps.csv')
    expect(head!.slice(0, 2)).toEqual(['sweep', 'log_likelihood_per_token'])
    expect(rows).toHaveLength(30)
    // It is looked at after each of the first sweeps, then after every tenth.
    const likelihoods = rows.flatMap(([, likelihood]) => (likelihood ? [Number(likelihood)] : []))
    expect(likelihoods).toHaveLength(8)
    expect(likelihoods.at(-1)).toBeGreaterThan(likelihoods[5]!)
    expect(likelihoods[5]).toBeGreaterThan(sum(likelihoods.slice(0, 5)) / 5 + 0.2)
    expect(report.logLikelihoodPerToken).toBe(likelihoods.at(-1))
    expect(report).toMatchObject({ sweeps: 30, perplexityHeldOut: null, volunteers: 2 })
    expect(report.tokensPerSecond).toBeGreaterThan(0)
    expect(report.sErrorMean).toBeLessThan(0.05)
    expect(report.coherence).toBeGreaterThan(-1)
  })

  test('every word has one topic', () => {
    const { tokens } = report as { tokens: number }
    expect(report.dataset).toMatchObject({ kind: 'corpus', columns: 199, facts: { tokens } })
    const model = JSON.parse(readFileSync(join(out, 'model.json'), 'utf8')) as {
      totals: number[]
      counts: number[][]
    }
    expect(sum(model.totals)).toBe(tokens)
    const totals = model.totals.map(() => 0)
    for (const row of model.counts)
      for (let k = 0; k < row.length; k += 2) totals[row[k]!]! += row[k + 1]!
    expect(totals).toEqual(model.totals)
    expect(csvRows(out, 'topics.csv')).toHaveLength(1 + 20 * 20)
    expect(new Set(csvRows(out, 'doc_topics.csv').map(([name]) => name))).toContain('Ge1')
  })

  test('its log gives the same model again, bit for bit', async () => {
    const at = ['--data-dir', join(dir, 'lda-data')]
    const replayed = await answer(['replay', String(report.job), ...at])
    expect(replayed).toMatchObject({ equal: true, differing: [] })
    expect(replayed.compared).toContain('model.json')
  })

  test('shoal infer labels new documents', async () => {
    const table = join(dir, 'new.csv')
    const model = join(out, 'model.json')
    const args = ['infer', '--model', model, '--data', newChapters, '--out', table]
    const inferred = await answer(args)
    expect(inferred).toMatchObject({ documents: 12, topics: 20, unlabelled: 0 })
    expect(inferred.known).toBeGreaterThan(1000)
    const [head, ...rows] = csvRows(table)
    expect(head).toEqual(['document', 'topic', 'share'])
    const shares = rows.filter(([name]) => name === 'Ge2').map(([, , share]) => Number(share))
    expect(sum(shares)).toBeGreaterThan(0.8)
    expect(sum(shares)).toBeLessThan(1.0001)
    expect(shares).toEqual([...shares].sort((a, b) => b - a))

    const wrong = await shoal(args.with(2, table))
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toMatch(/new\.csv is not JSON; pass the model\.json/)
  })
})

describe('ratings and corpora on a server elsewhere', () => {
  let server: ChildProcess
  let at: string[]
  beforeAll(async () => {
    const options = ['--port', '0', '--data-dir', join(dir, 'elsewhere'), '--json']
    server = spawn(process.execPath, [program, 'serve', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const line = await new Promise<Buffer>((resolve) => server.stdout!.once('data', resolve))
    const { urls, token } = JSON.parse(line.toString()) as { urls: string[]; token: string }
    at = ['--url', urls[0]!, '--token', token]
  })
  afterAll(async () => {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
  })

  test('are sent, and meet only apps of their kind', async () => {
    const ratings = ['ingest', testSet, '--kind', 'ratings', '--holdout', '0.1', ...at]
    const { nonZeros, facts } = (await answer(ratings)) as {
      nonZeros: number
      facts: Record<string, number>
    }
    expect(nonZeros + facts.testRatings!).toBe(10_000)
    const held = ['--test', testSet, '--validation', '0.1', '--seed', '3', '--name', 'tested']
    const tested = await answer(['ingest', testSet, '--kind', 'ratings', ...held, ...at])
    expect(tested.facts).toMatchObject({ testRatings: 10_000 })
    const { validationRatings } = tested.facts as Record<string, number>
    expect(Number(tested.nonZeros) + validationRatings!).toBe(10_000)
    expect(validationRatings! / 10_000).toBeCloseTo(0.1, 1)
    const corpus = ['ingest', chapters, '--kind', 'corpus', '--name', 'bible', ...at]
    const bible = await answer(corpus)
    expect(bible).toMatchObject({ kind: 'corpus', columns: 199 })
    const fewer = await answer([...corpus, '--min-df', '20', '--name', 'often', '--no-stop-words'])
    expect(fewer.rows).toBeLessThan(bible.rows as number)
    const refused = await shoal(['submit', 'mf', '--dataset', 'bible', ...at])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/needs ratings, and dataset bible holds texts/)
    const job = await answer(['submit', 'lda', '--dataset', 'bible', '--topics', '10', ...at])
    const shown = await shoal(['status', String(job.id), ...at])
    expect(shown.stdout).toMatch(/bible, 199 documents, [\d,]+ words/)
  })

  test.each([
    [['--kind', 'corpus', '--holdout', '0.1'], /--holdout describes a table of ratings/],
    [['--kind', 'letters'], /Allowed choices are matrix, ratings, corpus/],
  ])('%j is refused', async (args, sentence) => {
    const ran = await shoal(['ingest', testSet, ...args, ...at])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(sentence)
  })
})
