import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Connections to one of this process's ports. */
export interface ConnectionCount {
  readonly port: number;
  open: number;
  total: number;
}

/** Connections since the process began, by the port they came to. */
export const connections = new Map<number, ConnectionCount>();

let watching = false;

/** Counts connections to all ports of this process, whoever listens there. */
export function watchConnections(): void {
  if (watching) return;
  watching = true;
  channel('net.server.socket').subscribe((message) => count((message as { readonly socket: Socket }).socket));
}

function count(socket: Socket): void {
  const port = socket.localPort;
  // It was gone before it was accepted.
  if (port === undefined) return;
  let counter = connections.get(port);
  if (counter === undefined) {
    counter = { port, open: 0, total: 0 };
    connections.set(port, counter);
  }
  const found = counter;
  found.open++;
  found.total++;
  socket.once('close', () => found.open--);
}
