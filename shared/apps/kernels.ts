/** Every app that a tab can compute; adding an app adds one line. */
import type { Kernel } from './kernel.ts'
import { kernel as lasso } from './lasso/kernel.ts'
import { kernel as lda } from './lda/kernel.ts'
import { kernel as logistic } from './logistic/kernel.ts'
import { kernel as mf } from './mf/kernel.ts'
import { kernel as mfsgd } from './mfsgd/kernel.ts'
import { kernel as svm } from './svm/kernel.ts'

export const kernels: Readonly<Record<string, Kernel>> = { lasso, lda, logistic, mf, mfsgd, svm }
