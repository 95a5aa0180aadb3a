/** Mistakes of the caller that have a status of their own; a plain UserError is a 400. */
import { UserError } from '../../shared/errors.ts'

export class NotFound extends UserError {
  readonly statusCode = 404
}

export class Conflict extends UserError {
  readonly statusCode = 409
}

export class TooLarge extends UserError {
  readonly statusCode = 413
}
