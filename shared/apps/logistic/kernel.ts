/** The tab's half of logistic regression is that of every sparse linear model. */
import { linearKernel } from '../../linear/kernel.ts'

export const kernel = linearKernel('logistic')
