import type { ResetRequest, ResetTarget, Respool } from '../../sdk/index.js';
import { activeFailure } from '../group/reset/active-failure.js';
import { printReset } from '../group/reset/reset-output.js';
import type { PlaceInLog } from '../place-in-log.js';
import type { Terminal } from '../terminal.js';
import type { ReplayFlags } from './replay-flags.js';

/** Has a group begin at a place of a topic, so that it reads from there. */
export async function positionGroup(
  terminal: Terminal,
  client: Respool,
  topic: string,
  { toGroup, from, partition, execute, json }: ReplayFlags,
): Promise<void> {
  const group = toGroup!;
  const topics = [{ topic, partitions: partition === undefined ? undefined : [partition] }];
  const request: ResetRequest = { groups: [group], topics, to: targetOf(from), create: true, execute };
  try {
    await printReset(terminal, await client.groups.resetOffsets(request), request, {
      severalGroups: false,
      ...(json && { json }),
    });
  } catch (error) {
    throw await activeFailure(
      client,
      error,
      `stop them first, or name another group; a running one is moved by "respool group reset ${group} --live"`,
    );
  }
  if (execute && !json) terminal.note(`to read it: respool consume ${topic} --group ${group}`);
}

function targetOf(place: PlaceInLog): ResetTarget {
  if (place.at === 'offset') return { offset: place.offset };
  return place.at === 'time' ? { timestampMs: place.timestampMs } : place.at;
}
