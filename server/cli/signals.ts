/** Stopping: Ctrl-C, a supervisor's SIGTERM, a closed terminal, the end of the parent process. */

/** Exit codes of a command that was stopped, as shells count them: 128 + the signal's number. */
export const stopCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
export type StopSignal = keyof typeof stopCodes

export class Stopped extends Error {
  override name = 'Stopped'
  readonly by: StopSignal
  constructor(by: StopSignal) {
    super(`stopped by ${by}`)
    this.by = by
  }
}

/** One Ctrl-C under `npm run` arrives twice: from the terminal, and passed on by npm. */
const echoMsMax = 1000

/**
 * Aborts, with a `Stopped` as its reason, when this process is asked to stop. The first request
 * lets the command clean up; asked again by a person, it ends at once.
 */
export function stopRequest(): AbortSignal {
  const controller = new AbortController()
  let firstMs = 0
  const stop = (by: StopSignal): void => {
    const nowMs = performance.now()
    if (!controller.signal.aborted) {
      firstMs = nowMs
      controller.abort(new Stopped(by))
    } else if (by === 'SIGINT' && nowMs - firstMs > echoMsMax) process.exit(stopCodes.SIGINT)
  }
  for (const name of Object.keys(stopCodes) as StopSignal[]) process.on(name, () => stop(name))
  // A child whose parent died without a word (kill -9) would otherwise live for ever; the channel
  // itself must not keep it alive.
  process.once('disconnect', () => stop('SIGTERM'))
  process.channel?.unref()
  return controller.signal
}

/** Settles when the signal aborts; never rejects. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The outcome of `work`, or a throw of the signal's reason as soon as it aborts. */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    // Removed when the work is done, for one signal outlives thousands of waits.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Shorter when the signal aborts; never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}
