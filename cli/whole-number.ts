import { usageError } from './failure.js';

/** Makes a parser for a flag that takes a whole number from `min` on, for commander. */
export function wholeNumber(flag: string, min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
    throw usageError(`${flag} is ${JSON.stringify(text)}; it must be a whole number, ${min} or more`);
  };
}
