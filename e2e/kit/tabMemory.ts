/**
 * The most memory that a tab has held: of its process, as the system counts what is resident. About
 * 100 MB of that are Chromium itself: pages of its program, which tabs share, count for each of them.
 */
import { readdirSync, readFileSync } from 'node:fs'

/**
 * The system keeps the peak; what is added in the last moments before a tab ends is missed. A look
 * takes 0.3 ms.
 */
const LOOK_MS = 200

export interface TabMemory {
  /** Of the largest tab so far, bytes; null where there was none, or the system does not tell. */
  peakBytes(): number | null
  close(): void
}

/** Watches the tabs of all browsers that the process `ancestor` or its descendants start. */
export function watchTabs(ancestor: number): TabMemory {
  /** Processes that are none of its descendants: most of a system's. */
  const others = new Set<number>()
  let peak: number | null = null
  const look = (): void => {
    for (const pid of processes()) {
      if (others.has(pid)) continue
      if (!isUnder(ancestor, pid)) others.add(pid)
      else if (read(pid, 'cmdline').includes('--type=renderer'))
        peak = Math.max(peak ?? 0, peakOf(pid))
    }
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    peakBytes() {
      look()
      return peak || null
    },
    close: () => clearInterval(timer),
  }
}

/** None where there is no /proc. */
function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function isUnder(ancestor: number, pid: number): boolean {
  for (let at = parentOf(pid); at > 0; at = parentOf(at)) if (at === ancestor) return true
  return false
}

const parentOf = (pid: number): number => statusOf(pid, 'PPid')
const peakOf = (pid: number): number => 1024 * statusOf(pid, 'VmHWM')

/** A number of /proc/…/status; 0 when the process has ended. */
function statusOf(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(pid, 'status'))?.[1] ?? 0)
}

/** Empty when the process has ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
