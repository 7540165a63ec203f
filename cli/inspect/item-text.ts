/** What an inspection tells, as lines for people. Pure. */
import type { Finding, InspectionItem, PartitionItem, SegmentItem } from '../../segment-store/index.js';
import { formatByteSize } from '../byte-size.js';
import { groupDigits, plural } from '../plural.js';
import { printable } from '../table.js';

/** One line, without its end; undefined for what people need not see. */
export function itemText(item: InspectionItem): string | undefined {
  switch (item.item) {
    case 'file':
      return `${item.kind} ${item.file}, ${formatByteSize(item.sizeBytes)}${fieldsText(item.fields)}`;
    case 'batch':
      return `  batch   at byte ${item.position}, ${item.sizeBytes} bytes, offsets ${item.baseOffset}..${item.lastOffset + 1}, ${plural(item.recordsCount, 'record')}, ${item.compression ?? 'unknown codec'}, ${time(item.maxTimestampMs)}${producerText(item.producer)}, crc ${hex(item.crc)}`;
    case 'record':
      return `  record  offset ${item.offset}, ${time(item.timestampMs)}, key ${bytesText(item.key)}, value ${bytesText(item.value)}${headersText(item.headers)}`;
    case 'index-entry':
      return `  entry   offset ${item.offset} ${item.position === undefined ? time(item.timestampMs) : `at byte ${item.position}`}`;
    case 'finding':
      return findingText(item);
    case 'segment':
      return segmentText(item);
    case 'partition':
      return partitionText(item);
  }
}

const SEVERITIES = Object.freeze({ damage: 'DAMAGE', repairable: 'REPAIRABLE', note: 'note' });

function findingText({ severity, file, reason, ...where }: Finding): string {
  const bytes =
    where.position === undefined || where.position === where.endPosition
      ? ''
      : `, bytes ${where.position}..${where.endPosition}`;
  const offsets =
    where.startOffset === undefined ? '' : `, offsets ${where.startOffset}..${where.endOffset ?? ''}`;
  return `${SEVERITIES[severity].padEnd(10)} ${file}${bytes}${offsets}: ${printable(reason)}`;
}

function segmentText(segment: SegmentItem): string {
  const { file, baseOffset, endOffset, records, batches, sizeBytes } = segment;
  const content = `${plural(records, 'record')} in ${plural(batches, 'batch').replace(/batchs$/, 'batches')}`;
  const times =
    segment.minTimestampMs === undefined
      ? ''
      : `, ${time(segment.minTimestampMs)} to ${time(segment.maxTimestampMs)}`;
  return `segment    ${file}, offsets ${baseOffset}..${endOffset}, ${content}, ${formatByteSize(sizeBytes)}${times}`;
}

function partitionText(partition: PartitionItem): string {
  const { topic, partition: number, logStartOffset, endOffset, records, segments, sizeBytes } = partition;
  return `partition  ${topic}-${number}, offsets ${logStartOffset}..${endOffset}, ${plural(records, 'record')}, ${plural(segments, 'segment')}, ${formatByteSize(sizeBytes)}`;
}

function fieldsText(fields: Readonly<Record<string, string | number>> = {}): string {
  return Object.entries(fields)
    .map(([name, value]) => `, ${name} ${value}`)
    .join('');
}

function producerText(
  producer: { producerId: number; producerEpoch: number; baseSequence: number } | undefined,
): string {
  if (producer === undefined) return '';
  return `, producer ${producer.producerId} epoch ${producer.producerEpoch} sequence ${producer.baseSequence}`;
}

function headersText(headers: readonly { key: string; value: Buffer | undefined }[]): string {
  return headers.map(({ key, value }) => `, ${printable(key)}=${bytesText(value)}`).join('');
}

const SHOWN_BYTES = 200;

function bytesText(bytes: Buffer | undefined): string {
  if (bytes === undefined) return 'null';
  const shown = JSON.stringify(printable(bytes.toString('utf8', 0, SHOWN_BYTES)));
  return bytes.length > SHOWN_BYTES ? `${shown}… (${groupDigits(bytes.length)} bytes)` : shown;
}

/** The largest time that a Date can hold; what a damaged file claims may lie beyond. */
const MAX_DATE_MS = 8.64e15;

function time(timestampMs: number | undefined): string {
  if (timestampMs === undefined) return '';
  return Math.abs(timestampMs) <= MAX_DATE_MS ? new Date(timestampMs).toISOString() : `@${timestampMs}`;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
