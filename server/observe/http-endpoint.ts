/** The small HTTP port: `/healthz`, `/readyz`, `/metrics`. Answers GET and HEAD, reads no bodies, keeps nobody waiting. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../config/option.js';
import type { BrokerHealth } from './broker-health.js';
import type { Scrape } from './scrape.js';

const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 8 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;

export interface HttpEndpointOptions {
  health: BrokerHealth;
  scrape: Scrape;
  /** A connection could not be taken in; later ones may. */
  onAcceptError(error: Error): void;
}

export class HttpEndpoint {
  readonly #server: Server;

  constructor(private readonly options: HttpEndpointOptions) {
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 4,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // A connection that says nothing at all has no request to time out.
    this.#server.setTimeout(2 * REQUEST_TIMEOUT_MS);
  }

  /** Starts to listen; resolves with the address, rejects with Node's error. */
  async listen({ host, port }: Address): Promise<Address> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    this.#server.on('error', this.options.onAcceptError);
    const { address, port: bound } = this.#server.address() as AddressInfo;
    return { host: address, port: bound };
  }

  /** Breaks off what is open. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return reply(response, 405, TEXT, 'only GET and HEAD are answered\n', { Allow: 'GET, HEAD' });
    }
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return replyJson(response, 200, { status: 'ok', problems: this.options.health.problems() });
      case '/readyz':
        return this.#ready(response);
      case '/metrics':
        return this.#metrics(response);
      default:
        return reply(response, 404, TEXT, 'there are /healthz, /readyz and /metrics\n');
    }
  }

  #ready(response: ServerResponse): void {
    const problems = this.options.health.problems();
    if (problems.length === 0) replyJson(response, 200, { status: 'ready', problems });
    else replyJson(response, 503, { status: 'not-ready', problems });
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const { scrape } = this.options;
    reply(response, 200, scrape.contentType, await scrape.text());
  }
}

const TEXT = 'text/plain; charset=utf-8';

function replyJson(response: ServerResponse, code: number, body: unknown): void {
  reply(response, code, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
}

function reply(
  response: ServerResponse,
  code: number,
  contentType: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
