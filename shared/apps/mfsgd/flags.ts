/** The options of a matrix factorisation by SGD, as people type them. What is not given is left to spec.ts. */
import type { Flag } from '../../app.ts'

export const flags: readonly Flag[] = [
  { flag: '--rank <k>', text: 'factors of a user or an item (default: 32)', field: 'rank' },
  {
    flag: '--epochs <n>',
    text: 'passes over all ratings, at most (default: 20 with --validation ratings, else 8)',
    field: 'epochs',
  },
  { flag: '--eta <η>', text: 'how long the first steps are (default: 0.12)', field: 'eta' },
  {
    flag: '--lambda <λ>',
    text: 'λ on the factors, once for each rating of the row (default: 0.025)',
    field: 'lambda',
  },
  { flag: '--lambda-bias <λ>', text: 'λ on the biases (default: 0.02)', field: 'lambdaBias' },
  { flag: '--no-biases', text: 'no bias of users and items, only the mean', field: 'biases' },
  {
    flag: '--early-stop',
    text: 'end when the error on the --validation ratings rises; hand out the best model by it (default where there are any)',
    field: 'earlyStop',
  },
  {
    flag: '--top <n>',
    text: 'items to recommend to each user; 0: none (default: 10)',
    field: 'top',
  },
  { flag: '--parts <n>', text: 'parts of the users', field: 'schedule.parts' },
  { flag: '--blocks <n>', text: 'blocks of the items', field: 'schedule.blocks' },
  { flag: '--no-overlap', text: 'end an epoch before the next begins', field: 'schedule.overlap' },
  {
    flag: '--audit <share>',
    text: 'share of the leases computed again by the server (default: 0.05)',
    field: 'schedule.audit',
  },
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'schedule.leaseMs' },
]
