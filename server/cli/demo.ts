/** shoal demo: the whole story of an app on real data, in a few minutes and two browser tabs. */
import { Argument, Command } from 'commander'
import { describeDataset } from './datasetWords.ts'
import type { Demo } from './demos/demo.ts'
import { lassoDemo } from './demos/lasso.ts'
import { ldaDemo } from './demos/lda.ts'
import { logisticDemo } from './demos/logistic.ts'
import { mfDemo } from './demos/mf.ts'
import { formatBytes, formatCount, formatSeconds, plural } from './format.ts'
import { createDirectory, progressLine } from './jobs.ts'
import { createOutput, type Output } from './output.ts'
import { type Observer, type Outcome, runPipeline } from './pipeline.ts'
import { addTabOptions, planOf, type RunOptions, report } from './run.ts'
import { aborted, stopRequest } from './signals.ts'

interface DemoOptions extends Omit<RunOptions, 'data'> {
  exit: boolean
}

const demos: Readonly<Record<string, Demo>> = {
  lasso: lassoDemo,
  logistic: logisticDemo,
  mf: mfDemo,
  lda: ldaDemo,
}

const indent = ' '.repeat(11)

export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Show an app on real data: genes (lasso, logistic), films (mf) or a book (lda)')
    .addArgument(new Argument('[app]', 'what to show').choices(Object.keys(demos)).default('lasso'))
    .option('--out <dir>', 'folder for the results; created if need be')
    .option('--exit', 'end when the job has finished, also on a terminal', false)
    .option('--json', 'print one JSON object at the end', false)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run demo\n  npm run demo -- mf\n  npm run demo -- lda --exit --tabs 4',
    )
    .action((app: string, options: DemoOptions) => runDemo(demos[app]!, options))
  return addTabOptions(command)
}

async function runDemo(demo: Demo, options: DemoOptions): Promise<void> {
  const output = createOutput(options.json)
  const stop = stopRequest()
  const startMs = performance.now()
  const { jobName: name, purpose } = demo
  const plan = planOf(demo.app, { ...options, ...demo.data, name, purpose }, demo.spec)
  if (plan.out !== undefined) createDirectory(plan.out)
  const stays = process.stdin.isTTY === true && !options.exit && !options.json

  for (const line of demo.opening) output.note(line)
  output.note('')
  await runPipeline(plan, storyteller(demo, output, plan.tabs), stop, async (outcome) => {
    const seconds = (performance.now() - startMs) / 1000
    const lines = [...(await demo.result(outcome)), ...cost(outcome, seconds)]
    const text = lines.map((line, k) => `${k === 0 ? '5  Result  ' : indent}${line}`).join('\n')
    output.result(`\n${text}`, report(outcome, seconds))
    if (!stays) return
    output.note(
      `\nThe server is still there: ${outcome.server.dashboardUrl}\nCtrl-C ends the demo.`,
    )
    await aborted(stop)
  })
}

function storyteller(demo: Demo, output: Output, tabs: number): Observer {
  return {
    note: output.note,
    ingesting: output.progress,
    ingested(manifest, seconds) {
      output.note(`1  Data    ${describeDataset(manifest, seconds)}`)
    },
    serving(server) {
      output.note(`2  Server  ${server.url}`)
      output.note(`${indent}watch it: ${server.dashboardUrl}`)
    },
    computing(job) {
      output.note(`3  Tabs    ${plural(tabs, 'headless browser tab')} opened the server’s page`)
      output.note(`4  Job     ${job.title} ${demo.computing}`)
    },
    progress: (job) => output.progress(`${indent}${progressLine(job)}`),
  }
}

function cost({ job, solveSeconds, files }: Outcome, seconds: number): string[] {
  const { updates, volunteers, bytesDown, bytesUp } = job.counters
  return [
    `${formatCount(updates)} updates by ${plural(volunteers, 'tab')} in ` +
      `${formatSeconds(solveSeconds)}, ${formatBytes(bytesDown)} down, ` +
      `${formatBytes(bytesUp)} up (${formatSeconds(seconds)} from start to end)`,
    ...files,
  ]
}
