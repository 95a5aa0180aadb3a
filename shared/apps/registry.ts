/** Every app there is. Adding one adds a folder and a line here. */
import type { AnyApp } from '../app.ts'
import { lasso } from './lasso/app.ts'
import { lda } from './lda/app.ts'
import { logistic } from './logistic/app.ts'
import { mf } from './mf/app.ts'
import { mfsgd } from './mfsgd/app.ts'
import { svm } from './svm/app.ts'

export const apps: Readonly<Record<string, AnyApp>> = { lasso, lda, logistic, mf, mfsgd, svm }
