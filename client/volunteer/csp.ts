/**
 * Imported for its effect by whatever parses with zod: without this zod probes for `eval`, which
 * the pages' Content-Security-Policy forbids and reports.
 */
import { z } from 'zod'

z.config({ jitless: true })
