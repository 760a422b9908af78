/** Images: one map as bytes that another process can map and open, and back. */
export { DEFAULT_BASE, type HashCheck, ImageError, type ImageHeader, parseHeader } from './format.ts';
export { checkOpened, checkShape, readImage } from './open.ts';
export { MapImage, writeImage } from './write.ts';
