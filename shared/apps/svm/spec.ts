/** What an owner may ask of a support vector machine. */
import { z } from 'zod'

export const LOSSES = ['hinge', 'squared'] as const

export const specSchema = z
  .object({
    /** C of ½‖w‖² + C Σ loss. */
    c: z.number().positive('c must be > 0').max(1e9).default(1),
    /** max(0, 1 − y wᵀx), or its square. */
    loss: z.enum(LOSSES).default('hinge'),
    /** Every example gets one more feature of this value, whose weight is the bias; 0: no bias. */
    bias: z.number().min(0).max(1e6).default(0),
    /** End at a duality gap ≤ tol · primal. */
    tol: z.number().min(1e-10).max(0.1).default(1e-4),
    /** Share of the examples that are kept back to measure the accuracy. */
    holdout: z.number().min(0).max(0.9).default(0),
    schedule: z
      .object({
        /** Draw blocks by what their examples add to the gap; off: uniformly. */
        priority: z.boolean().default(true),
        /** Leave out examples that rest at a bound; off: sweep over all of them. */
        shrinking: z.boolean().default(true),
        /** Look at primal and gap every so many epochs; by default when everything hot is solved. */
        every: z.number().positive().optional(),
        /** Aim for a lease of this many milliseconds, or ten round trips where that is longer. */
        leaseMs: z.number().min(1).max(2000).default(100),
      })
      .strict()
      .prefault({}),
  })
  .strict()

export type SvmSpec = z.infer<typeof specSchema>
