/**
 * Programs have stop rules of their own: the tolerance of each is searched at which its result, measured
 * by our own code, has the gap that is asked for, and not a much smaller one; that tolerance is then the
 * one it is timed with.
 */
import { type Failure, type Peer, type PeerRun, type PeerTask, runPeer } from './peers.ts'

/** As near as this counts as reached: rules are met between two looks. */
const NEAR = 1.05
/** A gap smaller than asked by this is more than was asked for: a laxer tolerance is tried. */
const LAVISH = 1 / 10
/** A gap that has not fallen below this part of the last one has stood still. */
const STILL = 0.9
/** The longest step: a gap that stands still after it has come as far as the program's arithmetic. */
const STEP = 1e-2
const TRIES_MAX = 12
const HALVINGS_MAX = 2

interface Found {
  readonly tolerance: number
  readonly run: PeerRun
}

/**
 * A tolerance at which a peer reaches the gap without reaching for much more, with that run; or why it
 * does not. First steps, downwards or upwards; then, from a tolerance that was too lax and one that was
 * far too strict, halfway between them. All of it has to be done in the time of one run.
 */
export async function calibrate(peer: Peer, task: PeerTask): Promise<Found | Failure> {
  const { tol } = task.case
  const endMs = performance.now() + 1000 * task.timeoutSeconds
  let tolerance = peer.tolerance
  let halvings = 0
  let good: Found | null = null
  let lax: Seen | null = null
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const timeoutSeconds = (endMs - performance.now()) / 1000
    const run = await runPeer(peer, { ...task, timeoutSeconds }, tolerance)
    if ('failed' in run) return good ?? explain(run, lax, task)
    const { gap } = run.measured!
    const before: Seen | null = lax
    if (gap <= NEAR * tol || isCertified(peer, task, tolerance, run)) {
      good = { tolerance, run }
      if (gap > LAVISH * tol) return good
    } else lax = { tolerance, gap }
    if (good) {
      if (halvings === HALVINGS_MAX) return good
      tolerance = lax ? Math.sqrt(good.tolerance * lax.tolerance) : 10 * tolerance
      halvings += Number(lax !== null)
      continue
    }
    // Rules are looked at now and then, and two tolerances may end at the same look.
    const stands = before !== null && gap > STILL * before.gap
    if (stands && tolerance <= STEP * before.tolerance) break
    tolerance *= stands ? STEP : stepTo((0.7 * tol) / gap, { tolerance, gap }, before)
  }
  return good ?? { failed: `stops at a gap of ${lax!.gap.toExponential(1)}` }
}

/** A run that was ended may have been the last of several. */
const explain = (run: Failure, lax: Seen | null, { timeoutSeconds }: PeerTask): Failure =>
  run.failed.startsWith('>')
    ? { failed: `> ${timeoutSeconds} s${lax ? ` (gap ${lax.gap.toExponential(1)})` : ''}` }
    : run

/**
 * A solver that stops by a dual point of its own is believed, unless the objective tells otherwise: it
 * is above the optimum by no more than the gap, which is above the best dual value by no more than one.
 */
const isCertified = (
  peer: Peer,
  { exact, case: { tol } }: PeerTask,
  tolerance: number,
  run: PeerRun,
) =>
  peer.certifies === true && tolerance <= 1 && exact.aboveBest(run.measured!.objective) <= 2 * tol

interface Seen {
  readonly tolerance: number
  readonly gap: number
}

/** What to multiply the tolerance with for a gap smaller by `share`: by two points, in logarithms. */
function stepTo(share: number, last: Seen, before: Seen | null): number {
  const slope = before
    ? Math.log(before.gap / last.gap) / Math.log(before.tolerance / last.tolerance)
    : 1
  return Math.max(STEP, share ** (1 / Math.max(0.5, Math.min(1, slope))))
}
