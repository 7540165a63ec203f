/** Kafka's command-line tools, in one JVM. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TopicPartition } from '../../../sdk/index.js';
import { endJvm, logLevel, startJvm } from './jvm.js';

const PROGRAM = fileURLToPath(new URL('KafkaTools.java', import.meta.url));

export interface ToolResult {
  exitCode: number;
  out: string;
  err: string;
}

interface Waiting {
  resolve: (result: ToolResult) => void;
  reject: (error: Error) => void;
}

export class KafkaTools implements AsyncDisposable {
  /** Of requests, in their order. */
  readonly #waiting: Waiting[] = [];
  #stderr = '';

  private constructor(private readonly jvm: ChildProcessWithoutNullStreams) {
    createInterface({ input: jvm.stdout }).on('line', (line) =>
      this.#waiting.shift()!.resolve(JSON.parse(line) as ToolResult),
    );
    jvm.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    jvm.stdin.on('error', () => {});
    jvm.once('close', (code) => {
      const error = new Error(`the JVM of Kafka's tools ended with ${code}: ${this.#stderr}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** `timeZone` is that of the machine, as the tools see it. */
  static start(classPath: string, timeZone: string): KafkaTools {
    return new KafkaTools(startJvm(classPath, [logLevel('warn')], [PROGRAM], { TZ: timeZone }));
  }

  /** Runs the main method of a class. */
  run(tool: string, args: readonly string[]): Promise<ToolResult> {
    return this.#request({ tool, args });
  }

  /** Commits offsets of a group without members, wherever they lie. */
  async commit(
    server: string,
    group: string,
    offsets: readonly (TopicPartition & { offset: number })[],
  ): Promise<void> {
    const { exitCode, err } = await this.#request({ server, group, offsets });
    if (exitCode !== 0) throw new Error(`Kafka refused to commit for ${group}: ${err}`);
  }

  #request(request: object): Promise<ToolResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.jvm.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return endJvm(this.jvm);
  }
}
