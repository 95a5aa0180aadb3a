/** How far an ingest has come, for people: told a hundred times at most in each of its phases. */

export type IngestPhase = 'read' | 'write'
export type OnProgress = (progress: { phase: IngestPhase; fraction: number }) => void

/** Who hears the fraction that is read, and then the fraction that is written. */
export type Tell = Readonly<Record<IngestPhase, (fraction: number) => void>>

export const tellOf = (onProgress: OnProgress | undefined): Tell => ({
  read: paced(onProgress, 'read'),
  write: paced(onProgress, 'write'),
})

/** At most one call a per cent, and one at the end. */
function paced(onProgress: OnProgress | undefined, phase: IngestPhase) {
  let next = 0
  let isDone = false
  return (fraction: number): void => {
    if (!onProgress || isDone || (fraction < next && fraction < 1)) return
    next = fraction + 0.01
    isDone = fraction === 1
    onProgress({ phase, fraction })
  }
}
