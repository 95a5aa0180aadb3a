/** npm run simulate as a person runs it: a summary and a trace; what fails says how to repeat it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Outcome, runScript } from './script.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-simulate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const simulate = (...flags: string[]): Promise<Outcome> => runScript('e2e/simulate.ts', flags)

const small = ['--volunteers', '12', '--rows', '60', '--columns', '300', '--liars', '0.3']

describe('npm run simulate', () => {
  it('prints a summary, writes a trace of every event, and repeats itself from its seed', async () => {
    const path = (k: number): string => join(folder, `${k}.jsonl`)
    const run = (k: number): Promise<Outcome> =>
      simulate(...small, '--seed', '7', '--crashes', '2', '--trace', path(k))
    const [first, second] = await Promise.all([run(1), run(2)])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^Lasso regression on neighbours \(60 × 300\), seed 7\nfinished/)
    expect(first.stdout).toMatch(/gap \d.*e-(0?[7-9]|\d\d)/)
    const trace = readFileSync(path(1), 'utf8')
    expect(readFileSync(path(2), 'utf8')).toBe(trace)
    const events = trace
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.every(({ atMs, event }) => atMs >= 0 && typeof event === 'string')).toBe(true)
    const granted = events.flatMap(({ effects }) => effects).filter((e) => 'grant' in e).length
    expect(first.stdout).toContain(`leases ${granted}, `)
    expect(second.stdout.replace(/(server|trace).*/g, '')).toBe(
      first.stdout.replace(/(server|trace).*/g, ''),
    )
  })

  it('a run that fails prints the command that repeats it, with the seed', async () => {
    const { code, stderr } = await simulate(
      ...small,
      '--until',
      '0.05',
      '--trace',
      join(folder, 'f'),
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/FAILED: the job is unfinished/)
    const [, flags] = /Repeat it: npm run simulate -- (.*)/.exec(stderr)!
    expect(flags).toContain('--seed 1')
    const again = await simulate(...flags!.split(' '))
    expect(again.code).toBe(1)
    expect(again.stderr).toBe(stderr)
  })

  it.each([
    [['--help'], 0, /--volunteers <n>[\s\S]*--seed <n>[\s\S]*--policy <name>/],
    [['--volunteers', 'many'], 1, /--volunteers <n>' argument 'many' is invalid/],
    [['--rtt', '9,2'], 1, /"9,2": expected one positive number, or two as low,high/],
    [['--app', 'lda'], 1, /no synthetic data for lda: give a file with --data/],
    [['--no-such-flag'], 1, /unknown option '--no-such-flag'/],
  ])('%s', async (flags, expected, says) => {
    const { code, stdout, stderr } = await simulate(...flags)
    expect(`${stdout}${stderr}`).toMatch(says)
    expect(`${stdout}${stderr}`).not.toMatch(/^ {4}at /m)
    expect(code).toBe(expected)
  })
})
