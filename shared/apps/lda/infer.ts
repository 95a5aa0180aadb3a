/** Topics of new documents under a finished model: a pure function, for `shoal infer` and for held-out documents. */
import { z } from 'zod'
import { UserError } from '../../errors.ts'

export const MODEL_FORMAT = 'shoal-lda-1'

export const modelSchema = z
  .object({
    format: z.literal(MODEL_FORMAT),
    /** α_k (K). */
    alpha: z.array(z.number().positive()).min(1),
    beta: z.number().positive(),
    /** s_k (K). */
    totals: z.array(z.number().int().nonnegative()),
    words: z.array(z.string()).min(1),
    /** For each word: topic, count, topic, count, … */
    counts: z.array(z.array(z.number().int().nonnegative())),
  })
  .refine(
    (model) =>
      model.totals.length === model.alpha.length && model.counts.length === model.words.length,
    { message: 'totals and alpha, counts and words must be equally long' },
  )
  .refine(
    (model) =>
      model.counts.every(
        (row) => row.length % 2 === 0 && row.every((x, i) => i % 2 === 1 || x < model.alpha.length),
      ),
    { message: 'counts must list pairs of a topic and a count' },
  )
export type TopicModel = z.infer<typeof modelSchema>

export interface NewDocument {
  readonly id: string
  /** How often each word stands in it. */
  readonly counts: ReadonlyMap<string, number>
}

export interface InferredDocument {
  readonly id: string
  /** Share of each topic (K); the prior where the model knows none of the words. */
  readonly shares: Float64Array
  /** Tokens that the model knows, and that it does not. */
  readonly known: number
  readonly unknown: number
}

/** @throws UserError when the text is no model of ours. */
export function parseModel(text: string, label: string): TopicModel {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UserError(`${label} is not JSON; pass the model.json of a finished topic model.`)
  }
  const parsed = modelSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const where = path.length > 0 ? `, field ${path.join('.')}` : ''
  throw new UserError(
    `${label}${where}: ${message}; pass the model.json of a finished topic model.`,
  )
}

/** Of which the fold-in changes less than this (sum of absolute changes), it is done. */
const TOLERANCE = 1e-4
const ITERATIONS_MAX = 50

/**
 * θ of one document: θ_k ∝ α_k + Σ_w n_w q_wk with q_wk ∝ θ_k φ_wk, to its fixed point. `phi` holds
 * the row (K) of each word, `counts` how often it stands there.
 */
export function foldIn(
  phi: readonly Float64Array[],
  counts: readonly number[],
  alpha: ArrayLike<number>,
): Float64Array {
  const k = alpha.length
  let size = 0
  for (let i = 0; i < k; i++) size += alpha[i]!
  for (const count of counts) size += count
  let theta = new Float64Array(k).fill(1 / k)
  let next = new Float64Array(k)
  for (let round = 0; round < ITERATIONS_MAX; round++) {
    for (let i = 0; i < k; i++) next[i] = alpha[i]! / size
    phi.forEach((row, w) => {
      let sum = 0
      for (let i = 0; i < k; i++) sum += theta[i]! * row[i]!
      const scale = counts[w]! / (sum * size)
      for (let i = 0; i < k; i++) next[i]! += scale * theta[i]! * row[i]!
    })
    let moved = 0
    for (let i = 0; i < k; i++) moved += Math.abs(next[i]! - theta[i]!)
    const last = theta
    theta = next
    next = last
    if (moved < TOLERANCE) break
  }
  return theta
}

/** Deterministic: the same model and documents give the same shares. */
export function inferDocuments(
  model: TopicModel,
  documents: readonly NewDocument[],
): InferredDocument[] {
  const { alpha, beta, totals, words, counts } = model
  const wordOf = new Map(words.map((word, w) => [word, w]))
  const betaSum = beta * words.length
  const rows = new Map<number, Float64Array>()
  const rowOf = (w: number): Float64Array => {
    let row = rows.get(w)
    if (!row) {
      row = Float64Array.from(totals, (total) => beta / (total + betaSum))
      const pairs = counts[w]!
      for (let i = 0; i < pairs.length; i += 2)
        row[pairs[i]!]! += pairs[i + 1]! / (totals[pairs[i]!]! + betaSum)
      rows.set(w, row)
    }
    return row
  }
  return documents.map((document) => {
    const phi: Float64Array[] = []
    const known: number[] = []
    let unknown = 0
    for (const [word, count] of document.counts) {
      const w = wordOf.get(word)
      if (w === undefined) unknown += count
      else {
        phi.push(rowOf(w))
        known.push(count)
      }
    }
    const shares = foldIn(phi, known, alpha)
    return { id: document.id, shares, known: known.reduce((a, b) => a + b, 0), unknown }
  })
}
