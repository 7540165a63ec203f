/** `1 record`, `12,345 records` */
export function plural(count: number, noun: string): string {
  return `${groupDigits(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `12,345` */
export function groupDigits(count: number): string {
  return count.toLocaleString('en-US');
}
