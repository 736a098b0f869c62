import { connect, type Socket } from 'node:net';

/** Opens connections that say nothing, or only these bytes; gives those that the server has taken. */
export async function openIdle(port: number, count: number, words = ''): Promise<Socket[]> {
  const sockets: Socket[] = [];
  // In groups: a thousand at once is more than some backlogs take.
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(100, count - sockets.length) }, () => open(port, words)),
      )),
    );
  return sockets;
}

function open(port: number, words: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      if (words !== '') socket.write(words);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.on('error', () => {});
  });
}

/** Sends one byte at a time, each `everyMs`, until the server has closed; gives what it said. */
export async function dribble(port: number, bytes: Buffer, everyMs: number): Promise<string> {
  const socket = await open(port, '');
  let said = '';
  let at = 0;
  socket.on('data', (piece) => (said += piece.toString('latin1')));
  const timer = setInterval(() => {
    if (at < bytes.length && socket.writable) socket.write(bytes.subarray(at, ++at));
  }, everyMs);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  clearInterval(timer);
  return said;
}
