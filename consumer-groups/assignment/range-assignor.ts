/**
 * Topic by topic, each member gets a run of neighbouring partitions, and the first members get one more where it does not come out even. So partitions of the same
 * number of topics with equally many partitions meet at the same member, which joins of topics need. What is left over always falls to the first members.
 *
 * As Kafka's `RangeAssignor` (clients/…/consumer/RangeAssignor.java) without racks. Kafka orders members by their ids; here it is the order of the input.
 */
import { type Assignment, type AssignmentInput, emptyAssignment, topicsRead } from './assignor.js';

export function assignRange(input: AssignmentInput): Assignment {
  const assignment = emptyAssignment(input);
  for (const topic of topicsRead(input)) {
    const readers = input.members.filter(({ topics }) => topics.has(topic));
    const partitions = input.partitions.get(topic)!;
    const each = Math.floor(partitions / readers.length);
    const leftOver = partitions % readers.length;
    let next = 0;
    readers.forEach(({ memberId }, index) => {
      const end = next + each + (index < leftOver ? 1 : 0);
      const run = assignment.get(memberId)!;
      while (next < end) run.push({ topic, partition: next++ });
    });
  }
  return assignment;
}
