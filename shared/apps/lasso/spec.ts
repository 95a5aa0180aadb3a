/** What an owner may ask of a lasso job. */
import { z } from 'zod'
import { scheduleSchema } from '../../linear/spec.ts'

export const specSchema = z
  .object({
    /** Absolute λ of 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁. */
    lambda: z.number().positive('lambda must be > 0').optional(),
    /** λ as a share of λmax, the smallest λ with β = 0. */
    lambdaRatio: z.number().gt(0, 'lambdaRatio must be > 0').max(1).optional(),
    /** Number of λ on glmnet's grid, warm-started from λmax downwards. */
    path: z.number().int().min(2).max(1000).optional(),
    /** Folds of cross-validation along the path. */
    cv: z.number().int().min(3).max(50).optional(),
    /** End at a duality gap ≤ tol · ½‖y − ȳ‖²/n. */
    tol: z.number().min(1e-12).max(0.1).default(1e-6),
    standardize: z.boolean().default(true),
    intercept: z.boolean().default(true),
    schedule: scheduleSchema.prefault({}),
  })
  .strict()
  .transform((spec) =>
    spec.cv && !spec.path && !spec.lambda && !spec.lambdaRatio ? { ...spec, path: 100 } : spec,
  )
  .refine(
    (spec) =>
      [spec.lambda, spec.lambdaRatio, spec.path].filter((x) => x !== undefined).length === 1,
    {
      message: 'give exactly one of lambda, lambdaRatio and path (cv goes with path)',
    },
  )
  .refine((spec) => !spec.cv || spec.path, {
    message: 'cv needs a path: leave lambda and lambdaRatio out',
  })

export type LassoSpec = z.infer<typeof specSchema>
