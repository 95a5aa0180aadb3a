/** shoal cancel, pause, resume: three words for an owner to say to a job. */
import { Command } from 'commander'
import type { JobAction } from './api.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { createOutput } from './output.ts'

const actions = {
  cancel: 'End a job for good; its history stays readable',
  pause: 'Take a job’s work back from the volunteers; it keeps its place',
  resume: 'Let a paused job go on',
} as const satisfies Record<JobAction, string>

export function controlCommands(): Command[] {
  return (Object.keys(actions) as JobAction[]).map((action) => {
    const command = new Command(action)
      .description(actions[action])
      .argument('<job>', 'id of the job')
      .option('--json', 'print the job as one JSON object', false)
      .addHelpText('after', `\nExample:\n  shoal ${action} JOB`)
      .action(async (id: string, options: ConnectionOptions & { json: boolean }) => {
        const job = await connect(options).act(id, action)
        createOutput(options.json).result(`Job ${job.id} is ${job.status}.`, job)
      })
    return addConnectionOptions(command)
  })
}
