export { CoreTurns, type TurnTaker } from './core-turns.ts';
export { Dispatcher, type DispatchOptions } from './dispatcher.ts';
export type { Batch, Decision, DispatchPolicy, Offer, Piece, Ticket, Worker } from './types.ts';
