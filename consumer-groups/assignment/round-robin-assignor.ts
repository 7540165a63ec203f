/**
 * Deals all partitions of all topics, by topic and number, to the members in turn; a member that does not read the topic is passed over. Even if all read the same
 * topics; whoever comes or goes moves most of them.
 *
 * As Kafka's `RoundRobinAssignor` (clients/…/consumer/RoundRobinAssignor.java). Kafka orders members by their ids; here it is the order of the input.
 */
import { type Assignment, type AssignmentInput, emptyAssignment, topicsRead } from './assignor.js';

export function assignRoundRobin(input: AssignmentInput): Assignment {
  const { members, partitions } = input;
  const assignment = emptyAssignment(input);
  let turn = 0;
  for (const topic of topicsRead(input)) {
    for (let partition = 0; partition < partitions.get(topic)!; partition += 1) {
      // Ends: somebody reads the topic.
      while (!members[turn]!.topics.has(topic)) turn = (turn + 1) % members.length;
      assignment.get(members[turn]!.memberId)!.push({ topic, partition });
      turn = (turn + 1) % members.length;
    }
  }
  return assignment;
}
