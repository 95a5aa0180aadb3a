/** What a lasso job hands out. */
import type { ResultFile } from '../../app.ts'
import { linearFiles, penaltyOf, summaryOf } from '../../linear/results.ts'
import type { LinearState } from '../../linear/state.ts'

export const summarise = (state: LinearState): Record<string, unknown> => ({
  ...summaryOf(state),
  convention: `objective = 1/(2n)‖y − β₀ − Xβ‖² + ${penaltyOf(state)}; gap relative to ½‖y − ȳ‖²/n`,
})

export const resultFiles = (state: LinearState): ResultFile[] => linearFiles(state)
