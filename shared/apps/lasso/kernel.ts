/** The tab's half of the lasso is that of every sparse linear model. */
import { linearKernel } from '../../linear/kernel.ts'

export const kernel = linearKernel('lasso')
