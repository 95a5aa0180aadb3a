/** shoal volunteer: headless tabs that contribute until stopped. */
import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { parseUrl } from './connection.ts'
import { formatCount, plural } from './format.ts'
import { parseInteger } from './numbers.ts'
import { createOutput } from './output.ts'
import { aborted, sleep, stopRequest } from './signals.ts'

interface VolunteerOptions {
  url: string
  tabs: number
  workers?: number
  duty: number
  backend?: 'wasm' | 'webgpu'
  insecure: boolean
  json: boolean
}

const askEveryMs = 2000

export function volunteerCommand(): Command {
  return new Command('volunteer')
    .description('Open headless tabs that contribute until stopped; a tab that crashes is reopened')
    .requiredOption('--url <url>', 'the server, as it prints it for volunteers')
    .option('--tabs <n>', 'tabs, each one volunteer', parseInteger(1, 256), 1)
    .option(
      '--workers <k>',
      'compute workers in each tab (default: cores / tabs)',
      parseInteger(1, 256),
    )
    .option('--duty <percent>', 'share of time a worker computes', parseInteger(1, 100), 100)
    .addOption(backendOption())
    .option('--insecure', 'accept a certificate that nobody has signed', false)
    .option('--json', 'print one JSON object at the end', false)
    .addHelpText(
      'after',
      `
Examples:
  shoal volunteer --url http://192.168.1.20:7070
  shoal volunteer --url http://192.168.1.20:7070 --tabs 4 --workers 2 --duty 50`,
    )
    .action((options: VolunteerOptions) => runVolunteer(options))
}

export function backendOption(): Option {
  const text = 'what tabs compute with (default: whichever is faster there)'
  return new Option('--backend <name>', text).choices(['wasm', 'webgpu'])
}

/** Workers of each tab so that together they fill the machine. */
export function workersPerTab(tabs: number): number {
  return Math.max(1, Math.floor(availableParallelism() / tabs))
}

async function runVolunteer(options: VolunteerOptions): Promise<void> {
  const { tabs, duty, backend, insecure } = options
  const url = parseUrl(options.url)
  const workers = options.workers ?? workersPerTab(tabs)
  const output = createOutput(options.json)
  const stop = stopRequest()
  const startMs = performance.now()
  const { openFleet } = await import('../headless/fleet.ts')
  const fleet = await openFleet(url, {
    ...{ tabs, workers, duty, backend },
    anyCertificate: insecure,
    note: (line) => output.note(line),
  })
  output.note(
    `${plural(tabs, 'tab')} with ${plural(workers, 'worker')} each for ${url}; Ctrl-C stops.`,
  )
  let blocks = 0
  try {
    while (!stop.aborted) {
      const states = await fleet.states()
      blocks = states.reduce((sum, tab) => sum + tab.blocks, 0)
      const texts = states.map((tab) => tab.state ?? 'opening')
      output.progress(`${formatCount(blocks)} blocks done · ${[...new Set(texts)].join(', ')}`)
      await sleep(askEveryMs, stop)
    }
    await aborted(stop)
  } finally {
    await fleet.close()
  }
  const seconds = (performance.now() - startMs) / 1000
  output.result(`Stopped after ${plural(blocks, 'block')}.`, { blocks, tabs, workers, seconds })
}
