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
/** Runs of full length that the search may take; what lasts long is soon known. */
const SEARCH = 2

interface Found {
  readonly tolerance: number
  readonly run: PeerRun
}

/**
 * A tolerance at which a peer reaches the gap without reaching for much more, with that run; or why it
 * does not. First steps, downwards or upwards; then, from a tolerance that was too lax and one that was
 * far too strict, halfway between them.
 */
export async function calibrate(peer: Peer, task: PeerTask): Promise<Found | Failure> {
  const { tol } = task.case
  let tolerance = peer.tolerance
  let [spent, least, halvings] = [0, Number.POSITIVE_INFINITY, 0]
  let good: Found | null = null
  let lax: Seen | null = null
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const run = await runPeer(peer, task, tolerance)
    if ('failed' in run) return good ?? run
    const { gap } = run.measured!
    const before: Seen | null = lax
    if (gap <= NEAR * tol || isCertified(peer, task, tolerance, run)) {
      good = { tolerance, run }
      if (gap > LAVISH * tol) return good
    } else lax = { tolerance, gap }
    least = Math.min(least, gap)
    spent += run.solveSeconds + (run.loadSeconds ?? 0)
    const isLate = spent > SEARCH * task.timeoutSeconds
    if (good) {
      if (isLate || halvings === HALVINGS_MAX) return good
      tolerance = lax ? Math.sqrt(good.tolerance * lax.tolerance) : 10 * tolerance
      halvings += Number(lax !== null)
      continue
    }
    if (isLate) return { failed: `gap ${least.toExponential(1)} after ${Math.round(spent)} s` }
    // Rules are looked at now and then, and two tolerances may end at the same look.
    const stands = before !== null && gap > STILL * before.gap
    if (stands && tolerance <= STEP * before.tolerance) break
    tolerance *= stands ? STEP : stepTo((0.7 * tol) / gap, { tolerance, gap }, before)
  }
  return good ?? { failed: `stops at a gap of ${least.toExponential(1)}` }
}

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
