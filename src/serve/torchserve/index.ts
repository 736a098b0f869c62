export type { TorchServeContext, TorchServeObserver } from './context.ts';
export type { ModelFacts, ModelManager, Registration, Scaling } from './model-manager.ts';
export { torchServeRoutes } from './routes.ts';
export { type TorchErrorAnswer, torchErrorOf } from './torch-problem.ts';
