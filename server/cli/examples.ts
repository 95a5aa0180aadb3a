/** What the help of `submit` and `run` shows for each app; an app without lines gets the shortest. */

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  lasso: ['--lambda-ratio 0.1', '--path 100 --cv 10'],
  logistic: [
    '--lambda-ratio 0.1',
    '--path 100 --cv 10',
    '--l1-ratio 0.5 --class-weight balanced --path 50',
  ],
  lda: ['--topics 50 --sweeps 200', '--topics 200 --learn-alpha --holdout 0.1'],
  svm: ['--c 1', '--c 10 --bias 1 --holdout 0.2'],
  mf: ['--rank 32', '--solver ccd --weighted --lambda 0.1'],
  mfsgd: ['--rank 32', '--rank 64 --epochs 30'],
}
const dataOf: Readonly<Record<string, string>> = {
  lasso: 'X.npy.gz --target y.csv',
  logistic: 'patients.csv --target diagnosis',
  lda: 'texts/ --min-df 5',
  svm: 'train.svm.gz',
  mf: 'ratings.csv --holdout 0.1',
  mfsgd: 'ratings.csv --holdout 0.1 --validation 0.05',
}

export function submitExamples(app: string): string {
  const lines = flagsOf[app] ?? ['']
  return help(lines.map((flags) => `shoal submit ${app} --dataset NAME ${flags}`))
}

export function runExamples(app: string): string {
  const data = dataOf[app] ?? 'FILE'
  const lines = flagsOf[app] ?? ['']
  return help(lines.map((flags) => `shoal run ${app} --data ${data} ${flags} --out results/`))
}

const help = (lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line.replace(/ {2,}/g, ' ').trimEnd()}`).join('\n')}`
