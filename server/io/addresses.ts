/** The URLs under which a server can be reached, the most local first. */
import { networkInterfaces } from 'node:os'

export function serverUrls(host: string, port: number, secure: boolean): string[] {
  const url = (name: string): string =>
    `${secure ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
  if (host !== '0.0.0.0' && host !== '::') return [url(host)]
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
  return ['127.0.0.1', ...new Set(addresses)].map(url)
}
