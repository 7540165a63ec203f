import type { MemberDescription } from '../../sdk/index.js';

/** What members are called where there is no room for their ids, by id: the instance id, or the client id where it is nobody else's, or the id. */
export function memberNames(members: readonly MemberDescription[]): Map<string, string> {
  const clients = new Map<string, number>();
  for (const { clientId } of members) clients.set(clientId, (clients.get(clientId) ?? 0) + 1);
  return new Map(
    members.map(({ memberId, clientId, instanceId }) => {
      const unique = clientId !== '' && clients.get(clientId) === 1;
      return [memberId, instanceId ?? (unique ? clientId : memberId)];
    }),
  );
}
