/** The options of a topic model, as people type them. A flag that is not given leaves its field to spec.ts. */
import type { Flag } from '../../app.ts'

export const flags: readonly Flag[] = [
  { flag: '--topics <k>', text: 'number of topics (default: 100)', field: 'topics' },
  { flag: '--sweeps <n>', text: 'passes over all words (default: 200)', field: 'sweeps' },
  { flag: '--alpha <α>', text: 'prior of a topic in a document (default: 0.1)', field: 'alpha' },
  { flag: '--beta <β>', text: 'prior of a word in a topic (default: 0.1)', field: 'beta' },
  { flag: '--learn-alpha', text: 'learn an α for each topic', field: 'learnAlpha' },
  {
    flag: '--holdout <share>',
    text: 'share of the documents kept back to measure perplexity (default: 0)',
    field: 'holdout',
  },
  { flag: '--top <n>', text: 'words of a topic to print (default: 20)', field: 'top' },
  { flag: '--parts <n>', text: 'parts of the documents', field: 'schedule.parts' },
  { flag: '--blocks <n>', text: 'blocks of the vocabulary', field: 'schedule.blocks' },
  { flag: '--no-overlap', text: 'end a sweep before the next begins', field: 'schedule.overlap' },
  {
    flag: '--audit <share>',
    text: 'share of the leases computed again by the server (default: 0.05)',
    field: 'schedule.audit',
  },
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'schedule.leaseMs' },
]
