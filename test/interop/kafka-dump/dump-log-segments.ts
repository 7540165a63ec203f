/** Kafka's own reader of log segments, `kafka-dump-log`, with its jars from the Maven repository. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
const MAX_OUTPUT_BYTES = 256 * 1024 ** 2;

export interface Dump {
  batches: DumpedBatch[];
  records: DumpedRecord[];
  /** Entries of offset and time indexes. */
  indexEntries: number;
  /** What it complains of: mismatches between index and log, lines that it could not read. Empty if all is well. */
  complaints: string[];
}

export interface DumpedBatch {
  baseOffset: number;
  lastOffset: number;
  count: number;
  producerId: number;
  compression: string;
  isValid: boolean;
}

export interface DumpedRecord {
  offset: number;
  timestampMs: number;
  /** −1: null. */
  keySizeBytes: number;
  /** −1: null. */
  valueSizeBytes: number;
  headerKeys: string[];
}

/** Has Maven fetch the jars that `pom` names, if its repository lacks them, and resolves with their class path. */
export async function kafkaClassPath(temporaryFolder: string, pom = POM): Promise<string> {
  const file = join(temporaryFolder, 'class-path');
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${file}`]);
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Reads `.log`, `.index` and `.timeindex` files, and looks into every record. An index needs its log beside it. The tool
 * ends with 0 whatever it finds: look at `isValid` and `complaints`.
 */
export async function dumpLogSegments(classPath: string, files: readonly string[]): Promise<Dump> {
  const { stdout, stderr } = await run(
    'java',
    ['-cp', classPath, 'kafka.tools.DumpLogSegments', '--deep-iteration', '--files', files.join(',')],
    { maxBuffer: MAX_OUTPUT_BYTES },
  );
  const lines = stdout.split('\n');
  return {
    batches: lines.filter((line) => line.startsWith('baseOffset: ')).map(parseBatch),
    records: lines.filter((line) => line.startsWith('| offset: ')).map(parseRecord),
    indexEntries: lines.filter((line) => /^(?:offset: \d+ position: |timestamp: \d+ offset: )\d+$/.test(line))
      .length,
    complaints: [
      ...stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('SLF4J')),
      ...lines.filter((line) => !KNOWN_LINE.test(line)),
    ],
  };
}

/** Every kind of line that a sound log leads to. */
const KNOWN_LINE =
  /^(?:|Dumping .+|Log starting offset: \d+|baseOffset: .+ isvalid: (?:true|false)|\| offset: .+|offset: \d+ position: \d+|timestamp: \d+ offset: \d+|.+index is empty\.)$/;

function parseBatch(line: string): DumpedBatch {
  return {
    baseOffset: numberAfter(line, 'baseOffset'),
    lastOffset: numberAfter(line, 'lastOffset'),
    count: numberAfter(line, 'count'),
    producerId: numberAfter(line, 'producerId'),
    compression: wordAfter(line, 'compresscodec'),
    isValid: wordAfter(line, 'isvalid') === 'true',
  };
}

function parseRecord(line: string): DumpedRecord {
  const headerKeys = /headerKeys: \[(.*)\]/.exec(line)?.[1] ?? '';
  return {
    offset: numberAfter(line, 'offset'),
    timestampMs: numberAfter(line, 'CreateTime'),
    keySizeBytes: numberAfter(line, 'keySize'),
    valueSizeBytes: numberAfter(line, 'valueSize'),
    headerKeys: headerKeys === '' ? [] : headerKeys.split(','),
  };
}

function wordAfter(line: string, name: string): string {
  const word = new RegExp(`\\b${name}: (\\S+)`).exec(line)?.[1];
  if (word === undefined) throw new Error(`kafka-dump-log printed no ${name} in: ${line}`);
  return word;
}

function numberAfter(line: string, name: string): number {
  return Number(wordAfter(line, name));
}
