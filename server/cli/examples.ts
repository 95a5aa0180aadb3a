/** What the help of `submit` and `run` shows for each app; an app without lines gets the shortest. */

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  lasso: ['--lambda-ratio 0.1', '--path 100 --cv 10'],
}
const dataOf: Readonly<Record<string, string>> = { lasso: 'X.npy.gz --target y.csv' }

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
