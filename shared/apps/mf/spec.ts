/** What an owner may ask of a matrix factorisation. */
import { z } from 'zod'

/** Longer rows than this make a Gram matrix of a row that no tab should be asked for. */
export const RANK_MAX = 512

export const specSchema = z
  .object({
    /** K: factors of a user or an item. */
    rank: z.number().int().min(1).max(RANK_MAX).default(32),
    /** λ on the squared factors; by default it follows the scale of the ratings (open.ts). */
    lambda: z.number().positive('lambda must be > 0').optional(),
    /** λ on the squared biases, whatever the scale of the ratings; by default 3, weighted 0.2. */
    lambdaBias: z.number().positive('lambdaBias must be > 0').optional(),
    /** λ times the number of ratings of the row (ALS-WR); off: λ alone. */
    weighted: z.boolean().default(false),
    /**
     * γ: what a row is fitted to are estimates, too, which err the more the fewer ratings they rest on,
     * m on average. As in regression with errors in the variables that is a ridge of n terms: λ becomes
     * λ(1 + γ·n/m). At 10⁷ generated ratings, K = 32, the best test RMSE is 1.127 without (λ = 8,
     * exact; one pass of ccd 1.119) and 1.073 with γ = 1.5 (λ = 2.4, one pass of ccd).
     */
    uncertainty: z.number().min(0).max(1000).default(0),
    /** A bias for each user and each item, beside the global mean (explicit ratings). */
    biases: z.boolean().default(true),
    /** als: each row exactly, by Cholesky; ccd: coordinate by coordinate, as STRADS does. */
    solver: z.enum(['als', 'ccd']).default('als'),
    /** Passes over a row's coordinates in one half-sweep (ccd). */
    passes: z.number().int().min(1).max(100).default(3),
    /** Ratings are counts of what was seen; model whether, trusting more what was seen more often. */
    implicit: z.boolean().default(false),
    /** Confidence of a count r is 1 + α·r (implicit). */
    alpha: z.number().positive('alpha must be > 0').max(1e6).default(1),
    /**
     * f16: factors are rounded to half precision, and travel as such: nearly half the traffic. On
     * MovieTweetings it moves the test RMSE by 2e-6 and the objective by 3e-7 of itself.
     */
    precision: z.enum(['f32', 'f16']).default('f32'),
    /** Sweeps at most; a sweep solves every user, then every item. */
    sweeps: z.number().int().min(1).max(10_000).default(30),
    /** End when a sweep lowers the objective by less than this share of it. */
    tol: z.number().min(0).max(0.5).default(2e-3),
    /**
     * End when the error on the validation ratings has not fallen for two sweeps, and hand out the
     * best model seen by it; by default where the dataset has such ratings.
     */
    earlyStop: z.boolean().optional(),
    /** Items to recommend to each user; 0: none. */
    top: z.number().int().min(0).max(1000).default(10),
    /** Aim for a lease of this many milliseconds, or ten round trips where that is longer. */
    leaseMs: z.number().min(1).max(2000).default(50),
  })
  .strict()
  .refine((spec) => !(spec.uncertainty > 0 && (spec.weighted || spec.implicit)), {
    path: ['uncertainty'],
    message: 'uncertainty goes with neither weighted nor implicit; leave it at 0',
  })
  .refine((spec) => !(spec.implicit && spec.solver === 'ccd'), {
    path: ['solver'],
    message: 'implicit feedback has no ccd solver; leave solver at als',
  })

export type MfSpec = z.infer<typeof specSchema>
