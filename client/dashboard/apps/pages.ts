/** Which page an app has. */
import { generic } from './generic.tsx'
import { lasso } from './lasso.tsx'
import { lda } from './lda.tsx'
import { logistic } from './logistic.tsx'
import { mf } from './mf.tsx'
import type { JobPage } from './page.ts'

const PAGES: Readonly<Record<string, JobPage>> = { lasso, lda, logistic, mf }

export const pageOf = ({ app }: { app: string }): JobPage => PAGES[app] ?? generic
