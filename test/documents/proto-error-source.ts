/** The codes of the API, as `respool/v1/error.proto` declares and documents them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const SOURCE = fileURLToPath(new URL('../../proto/respool/v1/error.proto', import.meta.url));

export interface DocumentedCode {
  code: string;
  number: number;
  /** When it is answered, without the status and the details. */
  meaning: string;
  /** The gRPC status, as the comment says. */
  status: string;
  /** The names of the details, as the comment says. */
  details: string[];
}

/** Every code but ERROR_CODE_UNSPECIFIED, by number. */
export function documentedCodes(): DocumentedCode[] {
  const { root } = protobuf.parse(readFileSync(SOURCE, 'utf8'), { alternateCommentMode: true });
  const codes = root.lookupEnum('respool.v1.ErrorCode');
  return Object.entries(codes.values)
    .filter(([code]) => code !== 'ERROR_CODE_UNSPECIFIED')
    .sort(([, a], [, b]) => a - b)
    .map(([code, number]) => ({ code, number, ...readComment(codes.comments[code] ?? '') }));
}

function readComment(comment: string): Pick<DocumentedCode, 'meaning' | 'status' | 'details'> {
  const text = comment.replaceAll('\n', ' ');
  const details = /Details: (.+?)(?:\.|$)/.exec(text)?.[1] ?? '';
  return {
    meaning: text.replace(/ Status [A-Z_]+\./, '').replace(/ Details: .+?(?:\.(?= )|\.?$)/, ''),
    status: /Status ([A-Z_]+)\./.exec(text)?.[1] ?? '',
    details: [...details.matchAll(/`(\w+)`/g)].map((match) => match[1]!),
  };
}
