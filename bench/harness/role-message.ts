/** What a measurement's process and its client processes say to each other, over Node's IPC channel. */

/** A client process: commands that it carries out one behind the other. */
export type Role = object;

/** The commands of a role: its methods that return a promise. */
export type CommandOf<R extends Role> = {
  [Name in keyof R]: R[Name] extends (...args: never[]) => Promise<unknown> ? Name : never;
}[keyof R] &
  string;

export type ArgumentOf<R extends Role, Name extends CommandOf<R>> = R[Name] extends (
  ...args: infer Arguments
) => Promise<unknown>
  ? Arguments
  : never;

export type AnswerOf<R extends Role, Name extends CommandOf<R>> = R[Name] extends (
  ...args: never[]
) => Promise<infer Answer>
  ? Answer
  : never;

export interface CommandMessage {
  id: number;
  command: string;
  arguments: unknown[];
}

export type AnswerMessage = { id: number; answer: unknown } | { id: number; failure: string };
