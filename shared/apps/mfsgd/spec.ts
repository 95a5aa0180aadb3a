/** What an owner may ask of a matrix factorisation by SGD. */
import { z } from 'zod'
import { RANK_MAX } from './buffers.ts'

export const scheduleSchema = z
  .object({
    /** Parts the users are cut into; by default from the number of slots and the size of the data. */
    parts: z.number().int().min(1).max(100_000).optional(),
    /** Blocks the items are cut into; by default about as many as there are slots. */
    blocks: z.number().int().min(1).max(10_000).optional(),
    /** Let cells begin the next epoch while others still lack this one. */
    overlap: z.boolean().default(true),
    /** Share of the leases that the server computes again, bit for bit. */
    audit: z.number().min(0).max(1).default(0.05),
    /** Aim for a lease of this many milliseconds, or ten round trips where that is longer. */
    leaseMs: z.number().min(1).max(2000).default(200),
  })
  .strict()

export const specSchema = z
  .object({
    /** K: factors of a user or an item. */
    rank: z.number().int().min(1).max(RANK_MAX).default(32),
    /** η: how long the first steps are, for ratings of deviation 1 (rates.ts). */
    eta: z.number().positive('eta must be > 0').max(10).default(0.12),
    /** λ on the squared factors of a row, once for each of its ratings; for ratings of deviation 1. */
    lambda: z.number().min(0, 'lambda must not be negative').max(10).default(0.025),
    /** The same on the squared biases. */
    lambdaBias: z.number().min(0, 'lambdaBias must not be negative').max(10).default(0.02),
    /** A bias for each user and each item, beside the global mean. */
    biases: z.boolean().default(true),
    /**
     * Passes over all ratings, at most. By default 20 where validation ratings end them in time, else 8:
     * the test error is least after 6 epochs on MovieTweetings (1.547; after 8 1.565, after 20 1.62), and
     * within 0.5 % of its least after 6 at 10⁷ generated ratings.
     */
    epochs: z.number().int().min(1, 'epochs must be at least 1').max(10_000).optional(),
    /**
     * End when the error on the validation ratings has not fallen for two epochs, and hand out the
     * best model seen by it; by default where the dataset has such ratings.
     */
    earlyStop: z.boolean().optional(),
    /** Items to recommend to each user; 0: none. */
    top: z.number().int().min(0).max(1000).default(10),
    schedule: scheduleSchema.prefault({}),
  })
  .strict()

export type SgdSpec = z.infer<typeof specSchema>
