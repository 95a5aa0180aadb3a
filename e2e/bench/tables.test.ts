/** Ratios, medians and failures as a reader of the report sees them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aimsTable } from './aims.ts'
import { isLinear, type LinearCase } from './case.ts'
import { CASES } from './cases.ts'
import { type OurRun, overheadOf } from './ours.ts'
import { writePage } from './page.ts'
import type { PeerRun } from './peers.ts'
import type { Comparison } from './results.ts'
import { splitTable, timesTable, workTable } from './tables.ts'

const run = (workers: number, solveSeconds: number): OurRun => ({
  ...{ workers, solveSeconds, ingestSeconds: 1, openSeconds: 0.1, kernelSeconds: 1.5 },
  ...{ queueSeconds: 0.2, networkSeconds: 0.3, engineSeconds: 0.4, checkSeconds: 0.1 },
  ...{ leases: 10, updatesPerSecond: 1e6, bytesPerUpdate: 12, objective: 0.5, gap: 4e-7 },
  ...{ nonZeros: 36, trajectory: [], tabBytesMax: 180e6 },
  ...{ serverCpuShare: 0.25, serverBytesMax: 150e6 },
})
const theirs = (solveSeconds: number): PeerRun => ({
  ...{ loadSeconds: 3, solveSeconds, trajectory: [] },
  measured: { objective: 0.5, gap: 9e-7, nonZeros: 36 },
})

const comparison: Comparison = {
  case: CASES.filter(isLinear)[0]!,
  ours: [
    { workers: 1, runs: [run(1, 4), run(1, 40), run(1, 3)], failed: null },
    { workers: 2, runs: [run(2, 2), run(2, 2), run(2, 9)], failed: null },
  ],
  peers: [
    { name: 'slow', runs: [theirs(5), theirs(7), theirs(6)], failed: null },
    { name: 'never', runs: [], failed: '> 600 s' },
    { name: 'short', runs: [], failed: 'stops at a gap of 4.9e-6' },
  ],
  load: [0.5, 1.25],
  seconds: 60,
}

const asked = CASES.find((each) => each.app === 'mf')!
/** Shoal comes to 1.6, the others to 1.7, which is 1.7085 with half a percent, and to 1.9. */
const factors: Comparison = {
  case: asked,
  ours: [
    {
      workers: 2,
      runs: [
        {
          ...run(2, 9),
          trajectory: [
            [1, 1.9],
            [2, 1.7],
            [4, 1.6],
          ],
        },
      ],
      failed: null,
    },
  ],
  peers: [
    {
      name: 'near',
      runs: [
        {
          ...theirs(9),
          trajectory: [
            [3, 1.8],
            [4, 1.705],
            [8, 1.7],
          ],
        },
      ],
      failed: null,
    },
    { name: 'far', runs: [{ ...theirs(9), trajectory: [[0.5, 1.9]] }], failed: null },
  ],
  load: [0, 0],
  seconds: 60,
}

const column = ({ head, rows }: ReturnType<typeof timesTable>, name: string): string[] =>
  rows.map((row) => row[head.indexOf(name)]!)

test('times: medians, ratios with the most workers, and why there is no time', () => {
  const table = timesTable([comparison])
  expect(column(table, 'program').slice(2)).toEqual(['slow', 'never', 'short'])
  expect(column(table, 'solve s')).toEqual(['4', '2', '6', '> 600 s', '–'])
  expect(column(table, 'result').slice(2)).toEqual(['gap 9.0e-7', '–', 'stops at a gap of 4.9e-6'])
  expect(column(table, 'solve from – to').slice(0, 3)).toEqual(['3 – 40', '2 – 9', '5 – 7'])
  expect(column(table, 'both s')).toEqual(['5', '3', '9', '–', '–'])
  expect(column(table, 'Shoal / it, solve')).toEqual(['–', '–', '0.33', '–', '–'])
  expect(column(table, 'Shoal / it, both')).toEqual(['–', '–', '0.33', '–', '–'])
  expect(table.rows.every((row) => row.length === table.head.length)).toBe(true)
})

test('quality: each is timed to what both reach, and its best stands beside', () => {
  const table = timesTable([factors])
  expect(column(table, 'solve s')).toEqual(['4', '4', '0.5'])
  expect(column(table, 'result')).toEqual(['to 1.608', 'to 1.7085', 'to 1.9095'])
  expect(column(table, 'Shoal / it, solve')).toEqual(['–', '0.5', '2'])
  expect(column(table, 'objective or best')).toEqual(['1.6', '1.7', '1.9'])
})

test('aims: reached or not, and why a peer has no time', () => {
  const peers = [
    { name: 'celer', runs: [theirs(1.5)], failed: null },
    { name: 'glmnet', runs: [theirs(1.5)], failed: null },
    { name: 'scikit-learn', runs: [], failed: '> 600 s' },
  ]
  const hard = CASES.find(({ set }) => set === 'genotypes')!
  const table = aimsTable([{ ...comparison, case: { ...hard, ratio: 0.01 } as LinearCase, peers }])
  expect(column(table, 'measured')).toEqual(['–', '1.3', '1.3'])
  expect(column(table, 'reached')).toEqual(['it has no time: > 600 s', 'no', 'yes'])
})

test('split: overhead is all of the wall but the kernel, two workers beside one', () => {
  expect(overheadOf(run(1, 2))).toBe(0.25)
  expect(overheadOf(run(2, 1))).toBe(0.25)
  const table = splitTable([comparison])
  expect(column(table, 'overhead')).toEqual(['63 %', '63 %'])
  expect(column(table, 'one worker / this')).toEqual(['1', '2'])
  expect(column(table, 'of it check s')).toEqual(['0.1', '0.1'])
  expect(table.rows.every((row) => row.length === table.head.length)).toBe(true)
})

test('work: traffic and memory of the runs, and how busy the machine was', () => {
  const table = workTable([comparison])
  expect(column(table, 'tab’s peak MB')).toEqual(['180', '180'])
  expect(column(table, 'load before – after')).toEqual(['0.5 – 1.3', '0.5 – 1.3'])
  expect(table.rows.every((row) => row.length === table.head.length)).toBe(true)
})

test('the page stands alone, what is won is marked, and a CSV has every cell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-page-'))
  try {
    const page = readFileSync(
      writePage(folder, {
        ...{ title: 'A <title>', facts: ['text & more'], method: ['so it was'] },
        ...{ results: [comparison, factors], tables: [timesTable([comparison])] },
      }),
      'utf8',
    )
    expect(page).toContain('<h1>A &lt;title&gt;</h1>')
    expect(page).toContain('text &amp; more')
    expect(page).toContain('<td class="win">0.33</td>')
    // A bar for every time and a word for who has none; a line for every program with a trajectory.
    const [bars] = page.split('<section').slice(1)
    expect(bars!.match(/<rect class="(ours|theirs) solve"/g)).toHaveLength(2 * 3)
    expect(bars).toContain('>&gt; 600 s</text>')
    expect(page.split('<section').at(-1)).toContain('testRmse')
    expect(page).not.toMatch(/https?:|<script/)
    const csv = readFileSync(join(folder, 'times.csv'), 'utf8').trimEnd().split('\n')
    expect(csv).toHaveLength(6)
    expect(csv[0]).toContain('"Shoal / it, solve"')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
