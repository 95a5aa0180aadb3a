/** Which page an app has. */
import { apps } from '../state/grid.ts'
import { genericPage } from './generic.tsx'
import { lasso } from './lasso.tsx'
import { lda } from './lda.tsx'
import { logistic } from './logistic.tsx'
import { mf } from './mf.tsx'
import { mfsgd } from './mfsgd.tsx'
import type { JobPage } from './page.ts'

const PAGES: Readonly<Record<string, JobPage>> = { lasso, lda, logistic, mf, mfsgd }

/** Made once for each app: a page's components must stay the same from one drawing to the next. */
const made = new Map<string, JobPage>()
/** Before the apps are known, and for one the server no longer has. */
const plain = genericPage()

export const pageOf = ({ app }: { app: string }): JobPage =>
  PAGES[app] ?? made.get(app) ?? make(app)

function make(name: string): JobPage {
  const view = apps.value?.find((one) => one.name === name)
  if (!view) return plain
  const page = genericPage(view.plots)
  made.set(name, page)
  return page
}
