/** The options of a matrix factorisation, as people type them. What is not given is left to spec.ts. */
import type { Flag } from '../../app.ts'

export const flags: readonly Flag[] = [
  { flag: '--rank <k>', text: 'factors of a user or an item (default: 32)', field: 'rank' },
  {
    flag: '--lambda <λ>',
    text: 'λ on the factors (default: 10 standard deviations of the ratings, weighted 0.2; implicit: 10 · α · mean count, weighted 0.15)',
    field: 'lambda',
  },
  {
    flag: '--lambda-bias <λ>',
    text: 'λ on the biases (default: 3, weighted 0.2)',
    field: 'lambdaBias',
  },
  {
    flag: '--uncertainty <γ>',
    text: 'λ(1 + γ·n/m): rows of n ratings are fitted to rows that rest on m on average (default: 0)',
    field: 'uncertainty',
  },
  {
    flag: '--weighted',
    text: 'λ times the number of ratings of a row (ALS-WR)',
    field: 'weighted',
  },
  { flag: '--no-biases', text: 'no bias of users and items, only the mean', field: 'biases' },
  {
    flag: '--solver <als|ccd>',
    text: 'exact rows by Cholesky, or coordinate descent (default: als)',
    field: 'solver',
    values: 'text',
  },
  {
    flag: '--passes <p>',
    text: 'passes over a row in a half-sweep of ccd (default: 3)',
    field: 'passes',
  },
  {
    flag: '--implicit',
    text: 'ratings are counts of what was seen (Hu, Koren, Volinsky)',
    field: 'implicit',
  },
  { flag: '--alpha <α>', text: 'confidence of a count r is 1 + α·r (default: 1)', field: 'alpha' },
  {
    flag: '--precision <f32|f16>',
    text: 'of the factors, in the model and on the wire (default: f32)',
    field: 'precision',
    values: 'text',
  },
  { flag: '--sweeps <n>', text: 'sweeps at most (default: 30)', field: 'sweeps' },
  {
    flag: '--tol <t>',
    text: 'end when a sweep gains less than this share of the objective (default: 2e-3)',
    field: 'tol',
  },
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
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'leaseMs' },
]
