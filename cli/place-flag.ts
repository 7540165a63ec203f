import type { Position } from '../sdk/index.js';
import { usageError } from './failure.js';
import { type PlaceInLog, parsePlace } from './place-in-log.js';

/** Makes a parser for a flag that takes a place in a log, for commander. */
export function placeFlag(flag: string): (text: string) => PlaceInLog {
  return (text) => {
    try {
      return parsePlace(text, Date.now());
    } catch (error) {
      throw usageError(`${flag} is ${JSON.stringify(text)}: ${(error as Error).message}`);
    }
  };
}

/** As the client takes it. */
export function toPosition(place: PlaceInLog): Position {
  if (place.at === 'offset') return { offset: place.offset };
  return place.at === 'time' ? { timestampMs: place.timestampMs } : place.at;
}
