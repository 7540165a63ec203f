import { type Respool, RespoolError } from '../../../sdk/index.js';
import { brokerFailure } from '../../broker-failure.js';
import { plural } from '../../plural.js';
import { memberNames } from '../member-name.js';

const NAMED_MEMBERS = 5;

/** What a command fails with that a group's members are in the way of: it names them, and says `advice`. Any other error comes back as it is. */
export async function activeFailure(client: Respool, error: unknown, advice: string): Promise<unknown> {
  if (!(error instanceof RespoolError) || error.code !== 'GROUP_NOT_EMPTY') return error;
  const group = String(error.details['group']);
  const [description] = await client.groups.describe([group]);
  const names = [...memberNames(description!.members).values()];
  const shown = [...names.slice(0, NAMED_MEMBERS), ...(names.length > NAMED_MEMBERS ? ['…'] : [])];
  // They may have left meanwhile.
  const who = names.length === 0 ? 'members' : `${plural(names.length, 'member')} (${shown.join(', ')})`;
  return brokerFailure(error, () => `group ${group} has ${who}; ${advice}`, { memberNames: names });
}
