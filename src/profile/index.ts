/** Go releases and targets as data. */
export {
  DEFAULT_RELEASE,
  type DrawWidths,
  RELEASES,
  type Release,
  release,
} from './releases.ts';
export { DEFAULT_TARGET, type RegionHighs, TARGETS, type Target, target } from './targets.ts';
