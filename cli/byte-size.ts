/** Sizes as people write them. */

const UNITS: Readonly<Record<string, number>> = Object.freeze({
  '': 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
});

/** Bytes of `64MiB`, `1.5 GiB`, `10MB`, `512k` (1024s) or `1048588`; undefined if it is no size or not a whole number of bytes. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?'];
  if (!match || unit === undefined) return undefined;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const SCALE = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1536` → `1.5 KiB`; at most four significant digits. */
export function formatByteSize(bytes: number): string {
  let scaled = bytes;
  let unit = 0;
  while (scaled >= 1024 && unit < SCALE.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const digits = unit === 0 || scaled >= 100 ? 0 : 1;
  return `${Number(scaled.toFixed(digits))} ${SCALE[unit]}`;
}

/** As it can be typed in: rounded only where that loses nothing, since 1048588 is not 1MiB. */
export function formatExactSize(bytes: number): string {
  const rounded = formatByteSize(bytes).replace(' ', '');
  return parseByteSize(rounded) === bytes ? rounded : String(bytes);
}
