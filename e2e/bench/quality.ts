/**
 * Time to a quality: how programs without a certificate are compared.
 *
 * A run is a trajectory, [seconds, quality] whenever the program has looked: seconds count from the
 * moment the data is in memory. Two programs are compared at a quality that both of them reach: the
 * worse of their best ones, give or take a share (`within`). So nobody is timed on the way to what it
 * never reaches, and who ends where is told beside it.
 */

export type Point = readonly [seconds: number, quality: number]
export type Trajectory = readonly Point[]

export interface Quality {
  /** Field of `shoal run --json` and of the values in run.jsonl. */
  readonly field: string
  readonly better: 'lower' | 'higher'
  /** Of the best one's size: closer than that counts as reached. */
  readonly within: number
}

type Direction = Quality['better']

/** Is a at least as good as b? */
const isAsGood = (a: number, b: number, better: Direction): boolean =>
  better === 'lower' ? a <= b : a >= b

/** The best quality on the way; null of an empty trajectory. */
export function bestOf(trajectory: Trajectory, better: Direction): number | null {
  let best: number | null = null
  for (const [, quality] of trajectory)
    if (best === null || isAsGood(quality, best, better)) best = quality
  return best
}

/** The quality that counts as reached by whoever has come to the worst of these, or nearly so. */
export function commonTarget(bests: readonly number[], { better, within }: Quality): number {
  const worst = better === 'lower' ? Math.max(...bests) : Math.min(...bests)
  const slack = within * Math.abs(worst)
  return better === 'lower' ? worst + slack : worst - slack
}

/** When a quality was first reached; null: never. */
export function secondsTo(
  trajectory: Trajectory,
  target: number,
  better: Direction,
): number | null {
  return trajectory.find(([, quality]) => isAsGood(quality, target, better))?.[0] ?? null
}
