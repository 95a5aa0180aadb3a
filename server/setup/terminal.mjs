/** What set-up shows: one line for each thing it does, on stderr, with the time it took. */
import { spawn } from 'node:child_process'

/** A failure with a sentence for people; shown without a stack. */
export class SetupError extends Error {
  name = 'SetupError'
}

/**
 * @template T
 * @param {string} what "installing dependencies (npm ci)"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const startMs = performance.now()
  process.stderr.write(`setup: ${what} …`)
  try {
    const result = await work()
    process.stderr.write(` ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`)
    return result
  } catch (error) {
    process.stderr.write(' failed\n')
    throw error
  }
}

/**
 * Run a program and keep its output to ourselves, unless it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, shell?: boolean, timeoutMs?: number }} [options]
 * @returns {Promise<string>} what it printed
 */
export function runQuietly(command, args, { cwd, shell = false, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new SetupError(`${command} could not be started: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) return resolve(output)
      const how = signal ? `was stopped by ${signal}` : `ended with exit code ${code}`
      reject(new SetupError(`${[command, ...args].join(' ')} ${how}\n${excerpt(output)}`))
    })
  })
}

/** The beginning and the end of what a program said: npm gives its reason first, compilers last. */
function excerpt(/** @type {string} */ output) {
  const lines = output.trimEnd().split('\n')
  if (lines.length <= 30) return lines.join('\n')
  return [...lines.slice(0, 15), '…', ...lines.slice(-15)].join('\n')
}
