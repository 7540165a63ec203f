import { formatByteSize } from '../../byte-size.js';
import { EXIT } from '../../exit-code.js';
import { CommandError, usageError } from '../../failure.js';
import { openInput } from '../../produce/input.js';
import { OffsetListError, parseOffsetList, type ReadOffset } from '../offset-list.js';

/** Some 400,000 partitions; more would not fit into a call. */
const MAX_PLAN_BYTES = 16 * 1024 ** 2;

/** Reads a plan; `-` is standard input. Throws a {@link CommandError} that names the line. */
export async function readPlanFile(file: string): Promise<ReadOffset[]> {
  const name = file === '-' ? 'standard input' : file;
  const text = await readText(file, name);
  try {
    const offsets = parseOffsetList(text);
    if (offsets.length > 0) return offsets;
  } catch (error) {
    if (!(error instanceof OffsetListError)) throw error;
    const details = { file, line: error.line };
    throw new CommandError(
      'INVALID_LINE',
      `${name}, ${error.message}; nothing was done`,
      EXIT.usage,
      details,
    );
  }
  throw usageError(`${name} has no offsets in it; nothing was done`);
}

/** Which of the offsets are meant, and for which groups. */
export interface PlanForGroups {
  groups: readonly string[] | 'all';
  offsets: readonly ReadOffset[];
  /** Groups of the plan that were not asked for. */
  leftOut: readonly string[];
}

/**
 * Those of the groups asked for; of a plan without groups all, for each of them. As with Kafka's tool, lines of other groups are left out. All groups are those of the plan, if it
 * names any. Throws for a group of which the plan knows nothing.
 */
export function planForGroups(
  offsets: readonly ReadOffset[],
  groups: readonly string[] | 'all',
): PlanForGroups {
  const named = [...new Set(offsets.flatMap(({ group }) => group ?? []))];
  const forAny = offsets.some(({ group }) => group === undefined);
  if (groups === 'all') return { groups: forAny ? 'all' : named, offsets, leftOut: [] };
  const unknown = groups.find((group) => !forAny && !named.includes(group));
  if (unknown !== undefined) {
    throw usageError(
      `the plan has nothing for group ${unknown}, only for ${named.join(', ')}; nothing was done`,
    );
  }
  return {
    groups,
    offsets: offsets.filter(({ group }) => group === undefined || groups.includes(group)),
    leftOut: named.filter((group) => !groups.includes(group)),
  };
}

async function readText(file: string, name: string): Promise<string> {
  const { stream } = await openInput(file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_PLAN_BYTES) throw tooLarge(name);
  }
  return Buffer.concat(chunks).toString();
}

function tooLarge(name: string): CommandError {
  return usageError(
    `${name} is larger than ${formatByteSize(MAX_PLAN_BYTES)}, the most for a plan; divide it`,
  );
}
