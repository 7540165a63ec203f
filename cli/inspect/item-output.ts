import type { InspectionItem } from '../../segment-store/index.js';
import { type JsonBytes, jsonBytes, jsonHeaders } from '../record-json.js';
import { storeFailure } from '../store-failure.js';
import type { Terminal } from '../terminal.js';
import { itemText } from './item-text.js';

/** Prints one item of an inspection. */
export async function printItem(
  terminal: Terminal,
  item: InspectionItem,
  json: boolean | undefined,
): Promise<void> {
  if (json) return terminal.printJson(jsonItem(item));
  const text = itemText(item);
  if (text !== undefined) await terminal.print(text);
}

/** The same items; errors that are about what was inspected become failures of the command. */
export async function* told(items: AsyncIterable<InspectionItem>): AsyncGenerator<InspectionItem> {
  try {
    yield* items;
  } catch (error) {
    throw storeFailure(error);
  }
}

/** Records as `consume --format json` shows them; everything else as it is. */
function jsonItem(item: InspectionItem): InspectionItem | Record<string, JsonBytes> {
  if (item.item !== 'record') return item;
  const { key, value, headers, timestampMs, offset } = item;
  const timestamp = new Date(timestampMs).toISOString();
  return {
    item: 'record',
    offset,
    timestamp,
    ...jsonBytes('key', key),
    ...jsonBytes('value', value),
    ...jsonHeaders(headers),
  };
}
