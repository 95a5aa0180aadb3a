/**
 * What the page says about itself: one state, one headline, one sentence with the cause. Pure, so
 * that every situation has a test; "why do I get no work?" must always have an answer.
 */

import { unreachable } from '../../shared/errors.ts'
import type { Notice } from '../../shared/protocol.ts'
import type { Snapshot } from './messages.ts'
import type { Cause } from './throttle.ts'

/** Also in `<main data-state>`, for tests and the headless fleet. */
export type State = 'idle' | 'connecting' | 'working' | 'waiting' | 'paused' | 'stopped'

export interface View {
  state: State
  headline: string
  /** One or two sentences. */
  reason: string
  /** A way out that the person has. */
  action: 'resume' | 'override' | 'reload' | null
}

/** A pause between two leases is not "waiting". */
export const LULL_MS = 1_500

export interface Situation {
  started: boolean
  everStarted: boolean
  cause: Cause | null
  snapshot: Snapshot | null
  /** Since a lease was last in hand, milliseconds. */
  lullMs: number
  /** The page itself is broken. */
  failure: string | null
}

export function isBusy({ leases, workers }: Snapshot): boolean {
  return leases > 0 || workers.some((state) => state !== 'idle')
}

export function viewOf(situation: Situation): View {
  const { started, everStarted, cause, snapshot, lullMs, failure } = situation
  if (failure) return { ...waiting('This page does not work here', failure), action: 'reload' }
  if (!started) return everStarted ? stopped : idle
  if (cause) return paused(cause)
  if (!snapshot) return connecting('Looking for the server.')
  switch (snapshot.link.state) {
    case 'connecting':
      return connecting('Looking for the server. It will go on by itself.')
    case 'reconnecting':
      return connecting(
        'The connection was lost. Reconnecting; finished work is kept and sent then.',
      )
    case 'refused': {
      const { error, final } = snapshot.link
      const headline = final ? 'This page and the server do not match' : 'The server said no'
      const next = final ? '' : ' Trying again in a moment.'
      return { ...waiting(headline, error + next), action: final ? 'reload' : null }
    }
    case 'online':
      break
    default:
      return unreachable(snapshot.link)
  }
  if (snapshot.problem && snapshot.workers.length === 0)
    return { ...waiting('This device cannot help', snapshot.problem), action: 'reload' }
  if (isBusy(snapshot) || lullMs < LULL_MS) return working
  return noWork(snapshot.notice ?? { reason: 'no-jobs', text: '', retryMs: null })
}

const idle: View = {
  state: 'idle',
  headline: 'Lend this tab to a computation',
  reason:
    'Shoal splits one large machine-learning job over many browser tabs. Yours can be one of them. Nothing runs until you press Start.',
  action: null,
}

const stopped: View = {
  state: 'stopped',
  headline: 'Stopped. Thank you',
  reason: 'Nothing runs in this tab any more. Your verified work counts.',
  action: null,
}

const working: View = {
  state: 'working',
  headline: 'Your tab is computing',
  reason: 'Keep it open as long as you like. You can stop at any moment; nothing is lost.',
  action: null,
}

const connecting = (reason: string): View => ({
  state: 'connecting',
  headline: 'Connecting',
  reason,
  action: null,
})

const waiting = (headline: string, reason: string): View => ({
  state: 'waiting',
  headline,
  reason,
  action: null,
})

function paused(cause: Cause): View {
  const view = (headline: string, reason: string, action: View['action']): View => {
    return { state: 'paused', headline, reason, action }
  }
  switch (cause) {
    case 'user':
      return view('Paused', 'You paused it. The data stays loaded.', 'resume')
    case 'battery':
      return view(
        'Paused: on battery',
        'This device runs on battery. Work resumes when it is plugged in.',
        'override',
      )
    case 'save-data':
      return view(
        'Paused: saving data',
        'Your browser asks web pages to save data, and a job may download some.',
        'override',
      )
    case 'hidden':
      return view(
        'Paused: in the background',
        'This tab was hidden. Work resumes while it is in view; “Keep working in the background” changes that.',
        'override',
      )
  }
}

/** The server's words where it has some, and always what happens next. */
function noWork({ reason, text, retryMs }: Notice): View {
  const next = retryMs === null ? '' : ` The next try is in ${formatWait(retryMs)}.`
  switch (reason) {
    case 'no-jobs':
      return waiting(
        'Nothing to do right now',
        `${text || 'No job is running.'} This tab joins the next one by itself.`,
      )
    case 'waiting-for-others':
      return waiting(
        'Waiting for others',
        (text || 'What is left is being computed by other tabs.') + next,
      )
    case 'jobs-paused':
      return waiting(
        'The jobs are paused',
        (text || 'Their owner has paused them; work goes on when they are resumed.') + next,
      )
    case 'quarantined':
      return waiting(
        'Work is withheld for now',
        (text || 'Some answers from this device were wrong.') + next,
      )
    case 'server-full':
      return waiting('The server is full', (text || 'There are enough helpers already.') + next)
    default:
      return unreachable(reason)
  }
}

// ---------------------------------------------------------------- numbers for people

/** 1 234 567 → "1.2 MB"; decimal units, as browsers and file managers show them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let k = 0
  let x = bytes
  while (x >= 999.5 && k < units.length - 1) {
    x /= 1000
    k++
  }
  return `${k === 0 || x >= 99.5 ? Math.round(x) : x.toFixed(1)} ${units[k]}`
}

/** 1234567 → "1,234,567". */
export function formatCount(n: number): string {
  return n.toLocaleString('en')
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`
}

const NAMES_MAX = 3

/** "films (Matrix factorisation), Topic model: bible and 2 more"; a name that says its title is enough. */
export function formatJobs(jobs: readonly { name: string; title: string }[]): string {
  const names = jobs
    .slice(0, NAMES_MAX)
    .map(({ name, title }) => (name.startsWith(title) ? name : `${name} (${title})`))
  const more = jobs.length - names.length
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function formatWait(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
}
