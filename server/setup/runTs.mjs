/** Run a TypeScript script of e2e/ after set-up: node server/setup/runTs.mjs e2e/bench/bench.ts … */
import { join } from 'node:path'
import process from 'node:process'
import { root, setupOrExit } from './setup.mjs'

const script = process.argv[2]
if (!script) {
  process.stderr.write('Name the script to run: node server/setup/runTs.mjs e2e/bench/bench.ts\n')
  process.exit(1)
}
await setupOrExit({ browser: true })
process.argv.splice(1, 2, join(root, script))
const { runnerImport } = await import('vite')
await runnerImport(join(root, script), { root, configFile: false, logLevel: 'error' })
