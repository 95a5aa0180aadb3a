/** Files read line by line, many lines at a time. */
import { UserError } from '../../../shared/errors.ts'
import { count } from './limits.ts'
import type { Source } from './source.ts'

/** A line is a document at most: a thick book has 5 MB. */
const LINE_CHARACTERS_MAX = 1 << 26

/** Calls `visit` with every line and its number from 1, without its end. */
export async function eachLine(
  source: Source,
  onRead: (fraction: number) => void,
  visit: (line: string, number: number) => void,
): Promise<void> {
  // fatal: a file in another encoding would become words that nobody wrote.
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let number = 0
  const take = (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    if (rest.length > LINE_CHARACTERS_MAX)
      throw new UserError(
        `${source.label}, line ${count(number + 1)}: a line is longer than 64 million characters; put one document on a line.`,
      )
    for (const line of lines) visit(line.endsWith('\r') ? line.slice(0, -1) : line, ++number)
  }
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch {
      throw new UserError(
        `${source.label}, after line ${count(number)}: the text is not UTF-8; save it as UTF-8.`,
      )
    }
  }
  for await (const chunk of source.chunks(onRead)) take(decode(chunk))
  take(decode())
  if (rest !== '') visit(rest.endsWith('\r') ? rest.slice(0, -1) : rest, ++number)
}
