export { CoreTurns, type TurnTaker } from './core-turns.ts';
export { Dispatcher, type DispatchOptions } from './dispatcher.ts';
export { type LoadEstimate, noLoad } from './estimate/load-estimate.ts';
export { LoadEstimator } from './estimate/load-estimator.ts';
export { PackratEstimator } from './estimate/packrat-estimator.ts';
export { roomFor } from './room.ts';
export type { Batch, Decision, DispatchPolicy, Offer, Piece, Ticket, Worker } from './types.ts';
