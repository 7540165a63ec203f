/** `docs/errors.md`, from the API's comments and the SDK's tables. */
import { type BrokerErrorCode, type ClientErrorCode, ERROR_CODES } from '../../sdk/connection/error.js';
import { RETRIED_AFTER } from '../../sdk/connection/retry-policy.js';
import { type DocumentedCode, documentedCodes } from './proto-error-source.js';

const HEAD = `# Errors

This page is written by \`npm run docs\` from \`proto/respool/v1/error.proto\` and \`sdk/connection/\`.

A failed call has a gRPC status, a message for people, and in the trailer \`respool-error-bin\` a serialized
\`respool.v1.Error\`: a stable code, the same message, and the facts as \`details\` by name. A stream that answers per item
(\`Produce\`, and \`Consume\` for commits) carries the same \`Error\` in the item's answer. Decide by the code, never by the message. In TypeScript all of it
is a \`RespoolError\` with \`code\`, \`message\`, \`details\`, \`retryable\`, \`advice\` and \`cause\`.

Offsets in details are half-open: \`startOffset\` is the first, \`endOffset\` one behind the last.
`;

const CLIENT_HEAD = `## From the client

These come from the SDK, when there was no answer, or none that it understands.
`;

export function errorsPage(): string {
  const documented = documentedCodes();
  const known = new Set<string>(documented.map(({ code }) => code));
  const client = Object.keys(ERROR_CODES).filter((code) => !known.has(code));
  return [
    HEAD,
    '## From the broker\n',
    overview(documented),
    ...documented.map(brokerSection),
    CLIENT_HEAD,
    ...client.map((code) => clientSection(code as ClientErrorCode)),
  ].join('\n');
}

function overview(codes: readonly DocumentedCode[]): string {
  const rows = codes.map(
    ({ code, number, status }) => `| [${code}](#${code.toLowerCase()}) | ${number} | ${status} |`,
  );
  return ['| code | number | gRPC status |', '|---|---|---|', ...rows, ''].join('\n');
}

function brokerSection({ code, meaning, status, details }: DocumentedCode): string {
  const names = details.map((name) => `\`${name}\``).join(', ');
  return [
    `### ${code}\n`,
    `${meaning}\n`,
    `* Status: \`${status}\``,
    `* Details: ${names || 'none'}`,
    ...whatToDo(code as BrokerErrorCode),
    '',
  ].join('\n');
}

function clientSection(code: ClientErrorCode): string {
  return [`### ${code}\n`, `${sentence(ERROR_CODES[code].when)}\n`, ...whatToDo(code), ''].join('\n');
}

function whatToDo(code: BrokerErrorCode | ClientErrorCode): string[] {
  const { retryable, advice } = ERROR_CODES[code];
  const calls = Object.entries(RETRIED_AFTER).filter(([, codes]) => codes.includes(code));
  return [
    `* What to do: ${advice}`,
    `* May the same call succeed later? ${retryable ? 'Yes' : 'No'}`,
    ...(calls.length > 0
      ? [`* Tried again by the SDK: ${calls.map(([call]) => `\`${call}\``).join(', ')}`]
      : []),
  ];
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
