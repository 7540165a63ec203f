/**
 * Small text files that notice damage: the text, then a last line `crc32c <8 hex digits>` over all bytes before it.
 */
import { crc32c } from '@node-rs/crc32';

const LAST_LINE = /crc32c ([0-9a-f]{8})\n$/;

/** `text` must end with a line break. */
export function withChecksum(text: string): string {
  return `${text}crc32c ${crc32c(text).toString(16).padStart(8, '0')}\n`;
}

/** The text without its checksum; undefined if the checksum is missing or wrong. */
export function withoutChecksum(content: string): string | undefined {
  const match = LAST_LINE.exec(content);
  if (!match) return undefined;
  const text = content.slice(0, match.index);
  return crc32c(text) === Number.parseInt(match[1]!, 16) ? text : undefined;
}
