/**
 * Ratings of any number: power laws on both sides, tastes of a low rank, biases and noise.
 *
 *   a_ui = 5.5 + b_u + c_i + w_u·h_i + noise, rounded into 0 … 10
 *
 * User u has a number of ratings that falls like (u + shift)^-exponent, and rates items drawn with
 * probabilities that fall likewise, each at most once. Users come in a random order, and so do the
 * names of items. Written as `user,item,rating`, user by user: of all ratings only one user's are held.
 */

import { type Random, seededRandom } from '../../../shared/random.ts'
import { columnFile } from './columnFile.ts'
import { drawFrom } from './drawFrom.ts'

export interface RatingsOptions {
  path: string
  users: number
  items: number
  /** About so many: users who would have rated too many items have fewer. */
  ratings: number
  /** Of the planted tastes. */
  rank?: number
  /** Of the power laws: 0.8 gives the busiest thousandth of the users a fiftieth of the ratings. */
  exponent?: number
  /** Standard deviation of the noise; rounding adds 0.29. */
  noise?: number
  seed: number
}

/** A user rates at most this share of the items: beyond it, drawing new ones would take for ever. */
const SHARE_MAX = 0.2
const MEAN = 5.5
const BIAS_SIZE = 0.7
/** Deviation of w·h: what there is to learn beyond biases. */
const TASTE_SIZE = 1.2

/** How many ratings were written. */
export async function writeRatings(options: RatingsOptions): Promise<number> {
  const { path, users, items, ratings, rank = 16, exponent = 0.8, noise = 0.8, seed } = options
  const random = seededRandom(seed)
  const busy = powerLaw(users, exponent)
  const popular = powerLaw(items, exponent)
  const names = shuffled(items, random)
  const kind = normals(items * rank, random, Math.sqrt(TASTE_SIZE / Math.sqrt(rank)))
  const itemBias = normals(items, random, BIAS_SIZE)
  const seen = new Uint32Array(items)
  const file = columnFile(path)
  let text = 'user,item,rating\n'
  let written = 0
  let user = 0
  for (const place of shuffled(users, random)) {
    user++
    const share = (busy[place]! - (busy[place - 1] ?? 0)) * ratings
    const count = Math.min(Math.max(1, Math.round(share)), Math.floor(SHARE_MAX * items))
    const taste = normals(rank, random, Math.sqrt(TASTE_SIZE / Math.sqrt(rank)))
    const bias = BIAS_SIZE * random.normal()
    for (let left = count; left > 0; ) {
      const item = drawFrom(popular, random.next())
      if (seen[item] === user) continue
      seen[item] = user
      left--
      let fit = MEAN + bias + itemBias[item]! + noise * random.normal()
      for (let k = 0; k < rank; k++) fit += taste[k]! * kind[item * rank + k]!
      text += `${user},${names[item]!},${Math.max(0, Math.min(10, Math.round(fit)))}\n`
    }
    written += count
    if (text.length < 1 << 20) continue
    await file.write(text)
    text = ''
  }
  await file.write(text)
  await file.close()
  return written
}

/** (count) share of the first k + 1 under a power law; the shift keeps the first from having all. */
function powerLaw(count: number, exponent: number): Float64Array {
  const shift = count / 1000
  const sums = new Float64Array(count)
  let sum = 0
  for (let k = 0; k < count; k++) {
    sum += (k + 1 + shift) ** -exponent
    sums[k] = sum
  }
  return sums.map((x) => x / sum)
}

function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, k) => k)
  for (let k = count - 1; k > 0; k--) {
    const other = random.below(k + 1)
    const value = order[k]!
    order[k] = order[other]!
    order[other] = value
  }
  return order
}

function normals(count: number, random: Random, size: number): Float64Array {
  return Float64Array.from({ length: count }, () => size * random.normal())
}
