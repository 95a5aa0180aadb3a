/** The `shoal` command line: one file a command in cli/, and one place where failures become words. */
import { Command, CommanderError } from 'commander'
import { UserError } from '../shared/errors.ts'
import { controlCommands } from './cli/control.ts'
import { datasetCommands } from './cli/datasets.ts'
import { demoCommand } from './cli/demo.ts'
import { inferCommand } from './cli/infer.ts'
import { ingestCommand } from './cli/ingest.ts'
import { replayCommand } from './cli/replay.ts'
import { resultsCommand } from './cli/results.ts'
import { runCommand } from './cli/run.ts'
import { serveCommand } from './cli/serve.ts'
import { Stopped, stopCodes } from './cli/signals.ts'
import { statusCommand } from './cli/status.ts'
import { submitCommand } from './cli/submit.ts'
import { volunteerCommand } from './cli/volunteer.ts'
import { VERSION } from './io/version.ts'

function createProgram(): Command {
  const program = new Command('shoal')
    .description('Machine learning on browser tabs; the server checks every answer.')
    .version(VERSION)
    .addHelpText(
      'after',
      `
Examples:
  shoal demo                    an app on real data, with a server and tabs of its own
  shoal run lasso --help        from a file to a result in one go
  shoal serve --host 0.0.0.0    a server that other people's browsers can help`,
    )
  const commands = [
    serveCommand(),
    ingestCommand(),
    ...datasetCommands(),
    submitCommand(),
    statusCommand(),
    resultsCommand(),
    inferCommand(),
    replayCommand(),
    ...controlCommands(),
    volunteerCommand(),
    runCommand(),
    demoCommand(),
  ]
  for (const command of commands) program.addCommand(command)
  pointToHelp(program)
  return program
}

/** Whatever command is mistyped says what there is, and where its options stand. */
function pointToHelp(command: Command): void {
  const parts = command.commands.map((part) => part.name())
  const there = parts.length > 0 ? `there are ${parts.join(', ')}; ` : ''
  command.showHelpAfterError(`(${there}add --help for the options and an example)`)
  for (const part of command.commands) pointToHelp(part)
}

/** What to say on stderr, and the exit code. */
function explain(error: unknown): { text: string | null; code: number } {
  if (error instanceof Stopped) return { text: 'Stopped.', code: stopCodes[error.by] }
  // Commander has said it already.
  if (error instanceof CommanderError) return { text: null, code: error.exitCode }
  if (error instanceof UserError) return { text: error.message, code: 1 }
  const failure = error instanceof Error ? error : new Error(String(error))
  if (process.env.SHOAL_DEBUG) return { text: failure.stack ?? failure.message, code: 1 }
  const fault = fileFault(failure)
  if (fault !== null) return { text: fault, code: 1 }
  // SetupError: the browser's own sentence, for the browser is looked for at run time too.
  if (failure.name === 'SetupError') return { text: failure.message, code: 1 }
  return {
    text: `Something went wrong inside Shoal: ${failure.message}\nSet SHOAL_DEBUG=1 to see where.`,
    code: 1,
  }
}

/** A file that the system refuses, of which no command knows better what to say; else null. */
function fileFault({ message, path }: NodeJS.ErrnoException): string | null {
  if (path === undefined) return null
  const [reason] = message.split(',')
  return `${path} cannot be used (${reason}); check the path, its permissions and the room on its disk.`
}

try {
  await createProgram().parseAsync()
} catch (error) {
  const { text, code } = explain(error)
  if (text !== null) process.stderr.write(`${text}\n`)
  // Cleaned up by now; what a stop has cut short (a file half read) must not keep us.
  process.exit(code)
}
