/** The command line that goes on with a replay. Pure. */
import type { PlaceInLog } from '../place-in-log.js';
import type { ReplayFlags } from './replay-flags.js';

/**
 * The same replay under its name, in words for a shell. Places are as they were understood: `2h30m` ago was then, and another time now.
 */
export function resumeCommand(topic: string, flags: ReplayFlags, name: string): string {
  const words = [
    'respool',
    'replay',
    topic,
    ...option('--to', flags.to),
    ...option('--from', placeText(flags.from)),
  ];
  words.push(...option('--until', flags.until && placeText(flags.until)));
  words.push(...option('--partition', flags.partition), ...option('--key', flags.key));
  for (const [header, value] of Object.entries(flags.header ?? {})) {
    words.push('--header', value === undefined ? header : `${header}=${value}`);
  }
  words.push(...option('--speed', flags.speed), ...option('--rate', flags.rate));
  if (flags.skipDamaged) words.push('--skip-damaged');
  words.push('--name', name, '--execute', ...brokerWords(flags));
  return words.map(quoted).join(' ');
}

function option(flag: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [flag, String(value)];
}

function placeText(place: PlaceInLog): string {
  if (place.at === 'offset') return String(place.offset);
  return place.at === 'time' ? `@${place.timestampMs}` : place.at;
}

function brokerWords({ server, tls, tlsCa, tlsCert, tlsKey, tlsServerName }: ReplayFlags): string[] {
  return [
    ...option('--server', server),
    ...(tls ? ['--tls'] : []),
    ...option('--tls-ca', tlsCa),
    ...option('--tls-cert', tlsCert),
    ...option('--tls-key', tlsKey),
    ...option('--tls-server-name', tlsServerName),
  ];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
