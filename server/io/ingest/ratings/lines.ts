/**
 * Lines of ratings: how their fields are separated, which of them is the user, the item, the rating.
 *
 *   user,item,rating[,timestamp …]   CSV (comma or semicolon, fields may be quoted) or TSV
 *   user::item::rating[::timestamp]  MovieLens
 *   user item rating                 separated by blanks
 *   user item                        in any of these: what was seen, a rating of 1
 *
 * A first line whose rating is no number is a header; names like userId or movie_id in it say where
 * the fields are, otherwise they come in the order above.
 */
import { UserError } from '../../../../shared/errors.ts'
import { count, counted } from '../limits.ts'
import { isMissing, parseNumber, quoteCell } from '../number.ts'

export const SEPARATORS = ['::', '\t', ',', ';', ' '] as const
export type Separator = (typeof SEPARATORS)[number]

export const SEPARATOR_NAMES: Record<Separator, string> = {
  '::': 'MovieLens ::',
  '\t': 'TSV',
  ',': 'CSV',
  ';': 'CSV with semicolons',
  ' ': 'blanks',
}

const ID_LENGTH_MAX = 1000

/** The separator that the first lines have. */
export function separatorOf(head: string): Separator {
  const lines = head.split(/\r?\n/).filter((line) => !isSkipped(line))
  const first = lines[0] ?? ''
  return SEPARATORS.find((separator) => first.includes(separator)) ?? ' '
}

export const isSkipped = (line: string): boolean => line.trim() === '' || line.startsWith('#')

export interface RatingLine {
  user: string
  item: string
  rating: number
}

interface Places {
  user: number
  item: number
  /** −1: there are no ratings, only pairs. */
  rating: number
  fields: number
}

/** Reads one line after the other; the first decides where the fields are. */
export class RatingLines {
  readonly #label: string
  readonly #separator: Separator
  #places: Places | null = null

  constructor(label: string, separator: Separator) {
    this.#label = label
    this.#separator = separator
  }

  /** How lines look that begin with user, item and rating, once the first line has told. */
  get plain(): { separator: Separator; fields: number } | null {
    const places = this.#places
    if (places?.user !== 0 || places.item !== 1) return null
    const isRated = places.rating === 2 || (places.rating < 0 && places.fields === 2)
    return isRated ? { separator: this.#separator, fields: places.fields } : null
  }

  /** Null for blank lines, comments and the header. */
  read(line: string, number: number): RatingLine | null {
    if (isSkipped(line)) return null
    const where = (): string => `${this.#label}, line ${count(number)}`
    const fields = this.#split(line, where)
    if (!this.#places) {
      const header = placesOfHeader(fields)
      this.#places = header ?? placesOfFields(fields.length, where)
      if (header) return null
    }
    const places = this.#places
    if (fields.length !== places.fields)
      throw new UserError(
        `${where()} has ${counted(fields.length, 'field')}, the lines before it ${places.fields}; correct the line (user, item${places.rating < 0 ? '' : ', rating'}).`,
      )
    return {
      user: idOf(fields[places.user]!, 'user', where),
      item: idOf(fields[places.item]!, 'item', where),
      rating: places.rating < 0 ? 1 : ratingOf(fields[places.rating]!, where),
    }
  }

  #split(line: string, where: () => string): string[] {
    const separator = this.#separator
    if (separator === ' ') return line.trim().split(/\s+/)
    if (!line.includes('"') || separator === '::')
      return line.split(separator).map((field) => field.trim())
    return splitQuoted(line, separator, where)
  }
}

function splitQuoted(line: string, separator: string, where: () => string): string[] {
  const fields: string[] = []
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at)
      fields.push(line.slice(at, end < 0 ? line.length : end).trim())
      at = end < 0 ? line.length + 1 : end + 1
      continue
    }
    let end = at + 1
    while (end < line.length && (line[end] !== '"' || line[end + 1] === '"'))
      end += line[end] === '"' ? 2 : 1
    if (end >= line.length)
      throw new UserError(`${where()}: the quoted field is never closed; add a quote (").`)
    fields.push(
      line
        .slice(at + 1, end)
        .replaceAll('""', '"')
        .trim(),
    )
    if (end + 1 < line.length && line[end + 1] !== separator)
      throw new UserError(
        `${where()}: text follows a closing quote; double the quotes inside a quoted field.`,
      )
    at = end + 2
  }
  return fields
}

const USER = /user|reviewer|customer|member|visitor|^uid$/i
const ITEM = /item|movie|film|product|book|isbn|song|track|artist|business|^iid$|asin/i
const RATING = /rating|score|stars|value|count|plays|weight/i

/** Null when the line is no header. */
function placesOfHeader(fields: string[]): Places | null {
  const find = (name: RegExp): number => fields.findIndex((field) => name.test(field))
  const [user, item, rating] = [find(USER), find(ITEM), find(RATING)]
  const isNamed = user >= 0 && item >= 0 && user !== item
  if (fields.length < 3) return isNamed ? { user, item, rating: -1, fields: fields.length } : null
  const third = fields[2]!
  if (isNamed && fields.every((field) => Number.isNaN(numberOf(field))))
    return {
      user,
      item,
      rating: rating === user || rating === item ? -1 : rating,
      fields: fields.length,
    }
  if (!Number.isNaN(numberOf(third)) || isMissing(third) || !/^\p{L}/u.test(third)) return null
  return { user: 0, item: 1, rating: 2, fields: fields.length }
}

function placesOfFields(fields: number, where: () => string): Places {
  if (fields < 2)
    throw new UserError(
      `${where()} has ${counted(fields, 'field')}, expected user, item and rating; separate them by commas, tabs, blanks or ::.`,
    )
  return { user: 0, item: 1, rating: fields > 2 ? 2 : -1, fields }
}

function idOf(text: string, what: string, where: () => string): string {
  if (text === '')
    throw new UserError(`${where()}: the ${what} is missing; fill it in or remove the line.`)
  if (text.length > ID_LENGTH_MAX)
    throw new UserError(
      `${where()}: the ${what} has ${count(text.length)} characters; the limit is ${count(ID_LENGTH_MAX)}, so check the separators.`,
    )
  return text
}

function numberOf(text: string): number {
  const bytes = new TextEncoder().encode(text)
  return parseNumber(bytes, 0, bytes.length)
}

export function ratingOf(text: string, where: () => string): number {
  const rating = numberOf(text)
  if (Math.abs(rating) < Number.POSITIVE_INFINITY) return rating
  const fault = isMissing(text)
    ? 'the rating is missing; remove the line'
    : `${quoteCell(text)} is not a finite number; expected the rating`
  throw new UserError(`${where()}: ${fault}.`)
}
