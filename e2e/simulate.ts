/**
 * npm run simulate -- --volunteers 1000 --seed 7 --app lasso …
 *
 * The real engine, fleet and app under a virtual clock, on volunteers drawn from one seed: prints
 * what happened, writes every event to a trace, and says how to repeat a run that fails. The flags
 * of the app are those of `shoal run`.
 */
import { createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { addAppFlags, appSpec } from '../server/cli/appFlags.ts'
import { dataInput } from '../server/cli/dataInput.ts'
import { formatBytes, formatCount, formatNumber, formatSeconds } from '../server/cli/format.ts'
import { parseInteger, parseNumber } from '../server/cli/numbers.ts'
import type { SimMoment } from '../server/core/sim.ts'
import { drawFleet } from '../server/core/simFleet.ts'
import type { AnyApp, Dataset } from '../shared/app.ts'
import { apps } from '../shared/apps/registry.ts'
import { UserError } from '../shared/errors.ts'
import { seededRandom } from '../shared/random.ts'
import { datasetOfFamily, FAMILIES, makeFamily } from '../shared/schedule/families.ts'
import { type GridRun, lassoWorkDone, runGrid } from './evaluate/gridRun.ts'
import { kernelPush } from './evaluate/kernel.ts'
import { openFile } from './evaluate/realSets.ts'

const range = (text: string): [number, number] => {
  const [low, high] = text.split(',').map(parseNumber)
  if (!(low! > 0 && (high ?? low!) >= low!))
    throw new UserError(`"${text}": expected one positive number, or two as low,high.`)
  return [low!, high ?? low!]
}

function command(app: AnyApp): Command {
  const whole = parseInteger
  const program = new Command('simulate')
    .description('The real engine, fleet and app under a virtual clock, on volunteers from a seed.')
    .addOption(new Option('--app <name>', 'the program to run').choices(Object.keys(apps)))
    .option('--volunteers <n>', 'volunteers', whole(1, 100_000), 100)
    .option('--seed <n>', 'seed of everything', whole(0, 0xffffffff), 1)
    .option('--data <file>', 'a file, as for shoal run; without it a synthetic family')
    .option('--data-target <column|file>', 'the target of that file')
    .addOption(new Option('--family <name>', 'synthetic data').choices(FAMILIES))
    .option('--rows <n>', 'rows of the synthetic data', whole(2, 1e6))
    .option('--columns <n>', 'columns of the synthetic data', whole(2, 1e7))
    .option('--work <low,high>', 'entries a worker reads per ms', range, [2_000, 2_000_000])
    .option('--rtt <low,high>', 'round trips, ms', range, [2, 300])
    .option('--line <low,high>', 'bytes per ms of a line', range, [125, 12_500])
    .option('--workers <low,high>', 'workers of a tab', range, [1, 4])
    .option('--arrive <s>', 'all have come within this time', parseNumber, 5)
    .option('--leavers <share>', 'share of volunteers that go', parseNumber, 0.2)
    .option('--liars <share>', 'share of volunteers that lie', parseNumber, 0.05)
    .option('--trouble <share>', 'leases that stall, freeze, …', parseNumber, 0.02)
    .option('--crashes <n>', 'times the server dies', whole(0, 100), 0)
    .option('--until <s>', 'give up then', parseNumber, 3_600)
    .option('--trace <file>', 'where the trace goes')
  return addAppFlags(program, app)
}

async function openData(program: Command, app: AnyApp, seed: number): Promise<Dataset> {
  const { data, dataTarget, family = 'neighbours', rows, columns } = program.opts()
  if (data !== undefined)
    return openFile(dataInput(app.dataset, data, undefined, { target: dataTarget }))
  if (app.dataset !== 'matrix')
    throw new UserError(`There is no synthetic data for ${app.name}: give a file with --data.`)
  const made = makeFamily(family, { seed, rows, columns })
  // Where a program tells two classes apart: above zero or not.
  const y = app.name === 'logistic' ? made.y.map((v) => (v > 0 ? 1 : -1)) : made.y
  return datasetOfFamily({ ...made, y })
}

/** The models of shared/linear: their leases and what they report are alike. */
const isLinear = (app: AnyApp): boolean => app.name === 'lasso' || app.name === 'logistic'

/** The command that makes the same run again: every flag that was given, and the seed. */
function repeatCommand(given: readonly string[], seed: number): string {
  const hasSeed = given.some((flag) => flag === '--seed' || flag.startsWith('--seed='))
  const all = hasSeed ? given : [...given, '--seed', String(seed)]
  const quoted = all.map((flag) => (/^[\w./=,:+-]+$/.test(flag) ? flag : `'${flag}'`))
  return ['npm run simulate --', ...quoted].join(' ')
}

/** What must hold at every step; throws otherwise. */
function invariants(guarded: boolean): (moment: SimMoment) => void {
  const committed = new Set<number>()
  const last = new WeakMap<object, { lambda: number; objective: number }>()
  return ({ engine, event, effects }) => {
    for (const effect of effects) {
      if (effect.type === 'append' && effect.record.lease !== null) {
        if (committed.has(effect.record.lease))
          throw new Error(`lease ${effect.record.lease} was committed twice`)
        committed.add(effect.record.lease)
      }
      if (effect.type !== 'report' || !guarded) continue
      const { objective, lambda } = effect.progress.values
      const before = last.get(engine)
      if (before?.lambda === lambda && objective! > before!.objective * (1 + 1e-9))
        throw new Error(`the objective rose from ${before!.objective} to ${objective}`)
      last.set(engine, { objective: objective!, lambda: lambda! })
    }
    if (event.type === 'tick' && engine.leases.expired(event.nowMs).length > 0)
      throw new Error('a lease outlives its deadline')
  }
}

/** A lease is never granted again, so what is in the log in the end was never lost. */
function checkAcknowledged({ result }: GridRun): void {
  for (const [job, { log }] of Object.entries(result.jobs)) {
    const logged = new Set(log.map(({ lease }) => lease))
    const lost = result.acknowledged[job]?.find((lease) => !logged.has(lease))
    if (lost !== undefined) throw new Error(`lease ${lost} was acknowledged and is not in the log`)
  }
}

/** One line an event, in a form a person can read and a script can parse. */
function tracer(path: string): { watch: (moment: SimMoment) => void; close: () => void } {
  const stream = createWriteStream(path)
  const watch = ({ event, effects }: SimMoment): void => {
    if (event.type === 'tick' && effects.length === 0) return
    const { nowMs, type, ...rest } = event as Record<string, unknown> & SimMoment['event']
    const { volunteer, lease } = rest as { volunteer?: string; lease?: number }
    const said = effects.map((effect) => {
      if (effect.type === 'grant')
        return { grant: effect.lease, work: effect.work, shards: effect.shards.length }
      if (effect.type === 'append')
        return { append: effect.record.seq, note: effect.record.note ?? undefined }
      if (effect.type === 'refuse') return { refuse: effect.lease, reason: effect.reason }
      if (effect.type === 'ended') return { ended: effect.lease, outcome: effect.outcome }
      if (effect.type === 'report') return { report: effect.progress.values }
      return { [effect.type]: 'lease' in effect ? effect.lease : true }
    })
    const atMs = Math.round(nowMs * 100) / 100
    stream.write(`${JSON.stringify({ atMs, event: type, volunteer, lease, effects: said })}\n`)
  }
  return { watch, close: () => stream.end() }
}

function describe(run: GridRun, volunteers: number): string {
  const { summary, result, costMs, granted } = run
  const server = Object.values(costMs).reduce((a, b) => a + b, 0)
  const numbers = ['objective', 'gap', 'nnz', 'lambda']
    .filter((name) => typeof summary[name] === 'number')
    .map((name) => `${name} ${formatNumber(summary[name] as number, 8)}`)
  const answers = Object.entries(result.answers)
    .sort(([, a], [, b]) => b - a)
    .map(([answer, count]) => `${answer} ${formatCount(count)}`)
  return [
    `${run.status} after ${formatSeconds(run.endMs / 1000)} on ${formatCount(volunteers)} volunteers`,
    ...(numbers.length > 0 ? [numbers.join(', ')] : []),
    `leases ${formatCount(granted)}, at most ${formatCount(run.leasesMost)} of one volunteer; updates ${formatCount(run.updates)}`,
    `answers: ${answers.join(', ')}`,
    `kernels ${formatSeconds(run.computeMs / 1000)} in all, ${(100 * run.utilisation).toFixed(2)} % of the workers' time`,
    `leases ${formatBytes(run.bytesDown)} down, ${formatBytes(run.bytesUp)} up`,
    `server (real time): open ${formatSeconds(run.openMs / 1000)}, then ${formatSeconds(server / 1000)}, ${(server / Math.max(1, granted)).toFixed(3)} ms a lease`,
  ].join('\n')
}

async function main(): Promise<boolean> {
  const named = process.argv.indexOf('--app')
  const app = apps[named > 0 ? (process.argv[named + 1] ?? '') : 'lasso'] ?? apps.lasso!
  const program = command(app).parse(process.argv.slice(2), { from: 'user' })
  const flags = program.opts()
  const seed = flags.seed as number
  const raw = appSpec(program, withDefaultLambda(app, program))
  const spec = app.spec.parse(raw)
  const random = seededRandom(seed)
  const { dataset, push } = await kernelPush(app.name, await openData(program, app, seed))
  const volunteers = drawFleet(
    {
      ...{ volunteers: flags.volunteers, workPerMs: flags.work, rttMs: flags.rtt },
      ...{ bytesPerMs: flags.line, workers: flags.workers, arriveMs: 1000 * flags.arrive },
      ...{ leavers: flags.leavers, liars: flags.liars, trouble: flags.trouble },
    },
    random,
  )
  // Half of them in the first four seconds: few runs last long.
  const crashesMs = Array.from({ length: flags.crashes }, () => 30_000 * random.next() ** 3)
  const path = flags.trace ?? join(tmpdir(), `shoal-simulate-${app.name}-${seed}.jsonl`)
  const trace = tracer(path)
  const check = invariants(isLinear(app) && spec.schedule.guard)
  console.log(
    `${app.title} on ${dataset.manifest.name} (${formatCount(dataset.manifest.rows)} × ${formatCount(dataset.manifest.columns)}), seed ${seed}`,
  )
  try {
    const run = runGrid({
      ...{ app, spec, dataset, push, volunteers, seed, untilMs: 1000 * flags.until },
      crashesMs: crashesMs.sort((a, b) => a - b),
      ...(isLinear(app) && { workDone: lassoWorkDone }),
      watch: (moment) => {
        trace.watch(moment)
        check(moment)
      },
    })
    console.log(describe(run, volunteers.length))
    checkAcknowledged(run)
    if (run.status !== 'finished') throw new Error(`the job is ${run.status}`)
    return true
  } catch (error) {
    console.error(`\nFAILED: ${(error as Error).message}`)
    console.error(`Repeat it: ${repeatCommand(process.argv.slice(2), seed)}`)
    return false
  } finally {
    trace.close()
    console.log(`trace: ${path}`)
  }
}

/** A linear model needs some λ; 0.1 λmax where none is asked for. */
function withDefaultLambda(app: AnyApp, program: Command): AnyApp {
  const given = ['lambda', 'lambdaRatio', 'path', 'cv']
  if (isLinear(app) && given.every((name) => program.getOptionValue(name) === undefined))
    program.setOptionValueWithSource('lambdaRatio', 0.1, 'cli')
  return app
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
