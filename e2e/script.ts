/** The TypeScript scripts of this folder as commands, for tests: what they print and how they end. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { projectDir } from './lassoSets.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** As server/setup/runTs.mjs does it, without the set-up, which has been done when tests run. */
const START = `
import { runnerImport } from 'vite'
const script = process.argv[1]
await runnerImport(script, { root: process.cwd(), configFile: false, logLevel: 'error' })`

export function runScript(script: string, flags: readonly string[]): Promise<Outcome> {
  const args = ['--input-type=module', '-e', START, '--', join(projectDir, script), ...flags]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: projectDir }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}
