/** What an owner may ask of a logistic regression. */
import { z } from 'zod'
import { checkChoice, linearFields, withPath } from '../../linear/spec.ts'

/** "1,2.5": weights of the two classes, in the order of labels.ts. */
const PAIR = /^\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*,\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*$/i

export const specSchema = z
  .object({
    ...linearFields,
    /** 'balanced': each class counts n/2 in sum; or "a,b"; by default every row counts 1. */
    classWeight: z
      .string()
      .refine((text) => text === 'balanced' || pairOf(text) !== null, {
        message: 'classWeight must be balanced, or two numbers above 0 with a comma between',
      })
      .optional(),
  })
  .strict()
  .transform(withPath)
  .superRefine(checkChoice)

export type LogisticSpec = z.infer<typeof specSchema>

/** The two weights of "a,b"; null where it is not that. */
export function pairOf(text: string): [number, number] | null {
  const found = PAIR.exec(text)
  if (!found) return null
  const pair: [number, number] = [Number(found[1]), Number(found[2])]
  return pair.every((w) => w > 0) ? pair : null
}
