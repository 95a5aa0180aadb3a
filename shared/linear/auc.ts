/** How well scores order two classes: the area under the ROC curve, and the curve. */

/** Rows by descending score; ties stand together. */
function ranked(scores: Float64Array, rows: Uint32Array): Uint32Array {
  return rows.slice().sort((a, b) => scores[b]! - scores[a]!)
}

/** Points from (0, 0) to (1, 1), one for each distinct score: what is called 1 at that score or above. */
export interface RocPoint {
  readonly falsePositiveRate: number
  readonly truePositiveRate: number
  readonly score: number
}

export function rocCurve(
  target: Float64Array,
  scores: Float64Array,
  rows: Uint32Array,
): RocPoint[] {
  const order = ranked(scores, rows)
  let positives = 0
  for (const i of rows) positives += target[i]!
  const negatives = rows.length - positives
  const points: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0, score: Infinity }]
  let [hits, alarms] = [0, 0]
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!
    if (target[i] === 1) hits++
    else alarms++
    if (k + 1 < order.length && scores[order[k + 1]!] === scores[i]) continue
    points.push({
      falsePositiveRate: alarms / negatives,
      truePositiveRate: hits / positives,
      score: scores[i]!,
    })
  }
  return points
}

/** The points of a curve where it turns, and its ends: what lies between them lies on straight lines. */
export const corners = (curve: readonly RocPoint[]): RocPoint[] =>
  curve.filter((point, k) => {
    const [before, after] = [curve[k - 1], curve[k + 1]]
    if (!before || !after) return true
    const { falsePositiveRate: x, truePositiveRate: y } = point
    const isLevel = before.truePositiveRate === y && after.truePositiveRate === y
    const isSteep = before.falsePositiveRate === x && after.falsePositiveRate === x
    return !isLevel && !isSteep
  })

/**
 * P(score of a 1 > score of a 0) + ½P(equal): Mann and Whitney's statistic. NaN where the rows are of
 * one class.
 */
export function auc(target: Float64Array, scores: Float64Array, rows: Uint32Array): number {
  const order = ranked(scores, rows)
  let [area, hits, alarms] = [0, 0, 0]
  for (let k = 0; k < order.length; ) {
    // Rows of one score at a time.
    let [ones, zeros] = [0, 0]
    const score = scores[order[k]!]
    for (; k < order.length && scores[order[k]!] === score; k++)
      if (target[order[k]!] === 1) ones++
      else zeros++
    area += zeros * (hits + ones / 2)
    hits += ones
    alarms += zeros
  }
  return area / (hits * alarms)
}
