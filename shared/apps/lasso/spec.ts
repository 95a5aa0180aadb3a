/** What an owner may ask of a lasso job: λ and the rest of 1/(2n)‖y − β₀ − Xβ‖² + λ(α‖β‖₁ + ½(1 − α)‖β‖²). */
import { z } from 'zod'
import { checkChoice, linearFields, withPath } from '../../linear/spec.ts'

export const specSchema = z
  .object({
    ...linearFields,
  })
  .strict()
  .transform(withPath)
  .superRefine(checkChoice)

export type LassoSpec = z.infer<typeof specSchema>
