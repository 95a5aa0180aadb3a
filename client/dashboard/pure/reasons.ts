/** Why a volunteer has no work, in the owner's words; the wire carries short codes. */
import type { NOTICES, Ready } from '../../../shared/protocol.ts'

type Code = (typeof NOTICES)[number] | NonNullable<Ready['paused']>

const WORDS: Record<Code, string> = {
  'no-jobs': 'there is no job to compute',
  'waiting-for-others': 'what is left is with others',
  'jobs-paused': 'every job is paused',
  quarantined: 'wrong answers; tried again later',
  'server-full': 'too many volunteers',
  stopped: 'not started, or stopped',
  battery: 'on battery',
  hidden: 'its tab is hidden',
  busy: 'its machine is busy',
  user: 'paused by its person',
}

export function describeReason(reason: string): string {
  return reason in WORDS ? WORDS[reason as Code] : reason
}
