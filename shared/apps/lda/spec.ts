/** What an owner may ask of a topic model. */
import { z } from 'zod'

export const scheduleSchema = z
  .object({
    /** Parts the documents are cut into; by default from the number of slots and the size of the data. */
    parts: z.number().int().min(1).max(100_000).optional(),
    /** Blocks the vocabulary is cut into; by default some more than there are slots. */
    blocks: z.number().int().min(1).max(10_000).optional(),
    /** Let cells begin the next sweep while others still lack this one. */
    overlap: z.boolean().default(true),
    /** Share of the leases that the server computes again, bit for bit. */
    audit: z.number().min(0).max(1).default(0.05),
    /** Aim for a lease of this many milliseconds, or ten round trips where that is longer. */
    leaseMs: z.number().min(1).max(2000).default(100),
  })
  .strict()

export const specSchema = z
  .object({
    /** K. */
    topics: z.number().int().min(2, 'topics must be at least 2').max(65_536).default(100),
    /** α of every topic; with learnAlpha, where it starts. */
    alpha: z.number().positive('alpha must be > 0').max(1000).default(0.1),
    /** β of every word. */
    beta: z.number().positive('beta must be > 0').max(1000).default(0.1),
    /** Learn one α for each topic (Minka's fixed point) every few sweeps. */
    learnAlpha: z.boolean().default(false),
    /** Passes over all tokens. */
    sweeps: z.number().int().min(1, 'sweeps must be at least 1').max(100_000).default(200),
    /** Share of the documents kept out of training, to measure the perplexity of their second halves. */
    holdout: z.number().min(0).max(0.5, 'holdout must be at most 0.5').default(0),
    /** Words of a topic in topics.csv. */
    top: z.number().int().min(1).max(1000).default(20),
    schedule: scheduleSchema.prefault({}),
  })
  .strict()

export type LdaSpec = z.infer<typeof specSchema>
