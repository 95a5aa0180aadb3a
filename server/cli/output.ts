/**
 * What a command prints. People read the text on stdout; notes and progress go to stderr, so that
 * with --json the last line of stdout is one JSON object and nothing else needs to be skipped.
 */

/** How often a progress line is repeated where it cannot be rewritten in place. */
const repeatMs = 5000

export interface Output {
  /** A line for people about what is happening. */
  note(line: string): void
  /** The state of something that runs: rewritten in place on a terminal. */
  progress(line: string): void
  /** What the command was asked for, once, at its end. */
  result(text: string, value: object): void
}

export interface Streams {
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number }
}

export function createOutput(json: boolean, streams: Streams = process): Output {
  const { stdout, stderr } = streams
  let rewriting = false
  let repeatedAtMs = performance.now()

  const endProgress = (): void => {
    if (rewriting) stderr.write('\n')
    rewriting = false
  }

  return {
    note(line) {
      endProgress()
      stderr.write(`${line}\n`)
    },
    progress(line) {
      if (stderr.isTTY) {
        // A line longer than the terminal would wrap, and the next \r would not reach its start.
        stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
        rewriting = true
        return
      }
      const nowMs = performance.now()
      if (nowMs - repeatedAtMs < repeatMs) return
      repeatedAtMs = nowMs
      stderr.write(`${line}\n`)
    },
    result(text, value) {
      endProgress()
      stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`)
    },
  }
}
