/** The one function that we use of a package that ships no types. */
declare module 'fs-native-extensions' {
  /** Takes an exclusive lock on an open file; false if another open file description holds it. Ends when the descriptor is closed. */
  export function tryLock(descriptor: number): boolean;
}
