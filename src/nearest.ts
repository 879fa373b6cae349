export { nearestName as nearest } from './nearest-name.ts';
