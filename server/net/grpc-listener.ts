/**
 * The gRPC port: our own listening socket, which decides who comes in and hands connections on to grpc-js.
 *
 * Why not grpc-js's: it keeps silent connections for ever and has no limit per address.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { ConnectionInjector } from '@grpc/grpc-js';
import type { Address } from '../config/option.js';

export interface ListenerLimits {
  maxConnections: number;
  maxConnectionsPerAddress: number;
  /** A connection must have come through its handshakes within this time. */
  firstBytesTimeoutMs: number;
}

/** Why a connection was closed by us. */
export type RefusalReason = 'limit' | 'address-limit' | 'handshake-timeout' | 'resets';

export interface ListenerEvents {
  onConnections(count: number): void;
  onRefused(reason: RefusalReason, remoteAddress: string): void;
  /** A connection could not be taken in, for want of file descriptors for one; later ones may. */
  onAcceptError(error: Error): void;
}

export class GrpcListener {
  readonly #server: NetServer;
  readonly #connections = new Map<string, Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #onNone: (() => void)[] = [];

  constructor(
    private readonly injector: ConnectionInjector,
    private readonly limits: ListenerLimits,
    private readonly events: ListenerEvents,
    /** Whether {@link ready} will be called; if not, a first byte has to do. */
    private readonly seesHandshakes: boolean,
  ) {
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
  }

  /** Starts to listen; resolves with the address, rejects with Node's error. */
  async listen({ host, port }: Address): Promise<Address> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    this.#server.on('error', (error) => this.events.onAcceptError(error));
    const { address, port: bound } = this.#server.address() as AddressInfo;
    return { host: address, port: bound };
  }

  /** The connection's handshakes are done: it may be silent from now on. */
  ready(peer: Peer): void {
    clearTimeout(this.#connections.get(keyOf(peer))?.handshakeTimer);
  }

  /** Takes no more connections; those that are open go on. */
  stop(): void {
    this.#server.close();
  }

  /** Resolves when no connection is open. */
  whenNone(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onNone.push(resolve));
  }

  /** Breaks off what is still open. */
  destroy(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const address = socket.remoteAddress;
    // Gone before we came to look at it.
    if (address === undefined) return void socket.destroy();
    const refusal = this.#refusal(address);
    if (refusal) {
      this.events.onRefused(refusal, address);
      socket.destroy();
      return;
    }
    this.#add(socket, address);
    this.injector.injectConnection(socket);
  }

  #refusal(address: string): RefusalReason | undefined {
    if (this.#connections.size >= this.limits.maxConnections) return 'limit';
    const fromAddress = this.#perAddress.get(address) ?? 0;
    return fromAddress >= this.limits.maxConnectionsPerAddress ? 'address-limit' : undefined;
  }

  #add(socket: Socket, address: string): void {
    const key = keyOf(socket);
    const handshakeTimer = setTimeout(() => {
      if (!this.seesHandshakes && socket.bytesRead > 0) return;
      this.events.onRefused('handshake-timeout', address);
      socket.destroy();
    }, this.limits.firstBytesTimeoutMs).unref();
    this.#connections.set(key, { socket, handshakeTimer });
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    this.events.onConnections(this.#connections.size);
    socket.once('close', () => this.#remove(key, address, handshakeTimer));
  }

  #remove(key: string, address: string, handshakeTimer: NodeJS.Timeout): void {
    clearTimeout(handshakeTimer);
    this.#connections.delete(key);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
    this.events.onConnections(this.#connections.size);
    if (this.#connections.size === 0) for (const tell of this.#onNone.splice(0)) tell();
  }
}

interface Connection {
  socket: Socket;
  handshakeTimer: NodeJS.Timeout;
}

/** The other end of a connection, which names it among those of one port; a TLS socket and the socket below have the same. */
export interface Peer {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}

function keyOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress}|${remotePort}`;
}
