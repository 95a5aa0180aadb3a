#!/usr/bin/env node
/** The `shoal` command: sets up what is missing, then hands over to the built command line. */
import process from 'node:process'
import { setupOrExit } from './setup/setup.mjs'

const words = process.argv.slice(2)
const usesTabs = ['volunteer', 'run', 'demo'].includes(words.find((w) => !w.startsWith('-')) ?? '')
const asksForHelp = words.some((word) => word === '--help' || word === '-h')

await setupOrExit({ browser: usesTabs && !asksForHelp })

// `npm run` moves to the project's folder; paths people type are relative to where they are.
if (process.env.npm_lifecycle_event === 'shoal' && process.env.INIT_CWD)
  process.chdir(process.env.INIT_CWD)

await import('../dist/server/cli.js')
