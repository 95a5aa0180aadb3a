/** shoal serve: one process with its store, its pages and its jobs, until Ctrl-C. */
import { Command } from 'commander'
import { collectSeldom } from './collector.ts'
import { addDataDirOption } from './connection.ts'
import { parseInteger } from './numbers.ts'
import { createOutput } from './output.ts'
import { aborted, stopRequest } from './signals.ts'

interface ServeOptions {
  port: number
  host: string
  dataDir: string
  tlsCert?: string
  tlsKey?: string
  json: boolean
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve volunteers, the dashboard and the owner API until stopped')
    .option('--port <port>', 'port to listen on; 0: any free one', parseInteger(0, 65535), 7070)
    .option('--host <address>', 'address to listen on; 0.0.0.0: every network', '127.0.0.1')
    .option('--tls-cert <file>', 'certificate (PEM) for HTTPS')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--json', 'print one JSON object when ready', false)
    .addHelpText(
      'after',
      `
Examples:
  shoal serve                                    only this computer
  shoal serve --host 0.0.0.0                     a classroom: prints every address and a QR code
  shoal serve --host 0.0.0.0 --tls-cert c.pem --tls-key k.pem`,
    )
    .action((options: ServeOptions) => runServe(options))
  return addDataDirOption(command)
}

async function runServe(options: ServeOptions): Promise<void> {
  const stop = stopRequest()
  collectSeldom()
  const { serve } = await import('../io/serve.ts')
  const server = await serve(options)
  const { urls, dashboardUrls, token, tokenPath, port } = server
  createOutput(options.json).result(await describe(options.host, urls, dashboardUrls, tokenPath), {
    port,
    urls,
    dashboardUrls,
    token,
    tokenPath,
    pid: process.pid,
    dataDir: options.dataDir,
  })
  await aborted(stop)
  await server.close()
}

async function describe(
  host: string,
  urls: readonly string[],
  dashboardUrls: readonly string[],
  tokenPath: string,
): Promise<string> {
  const list = (label: string, lines: readonly string[]): string[] =>
    lines.map((line, k) => `  ${(k === 0 ? label : '').padEnd(12)} ${line}`)
  const lines = [
    'Shoal is serving.',
    ...list('Volunteers', urls),
    ...list('Dashboard', dashboardUrls),
    ...list('Owner token', [tokenPath]),
  ]
  // Only an address that other devices can reach is worth a picture for their cameras.
  const reachable = urls.find((url) => !/\/\/(127\.|localhost|\[::1\])/.test(url))
  if (reachable && host !== '127.0.0.1') {
    const { renderUnicodeCompact } = await import('uqr')
    lines.push('', renderUnicodeCompact(reachable), `  ${reachable}`, '')
  }
  lines.push('Ctrl-C stops it; jobs go on where they were when it starts again.')
  return lines.join('\n')
}
