// A small, fast, stable hash for spreading (jitter, `H`), never for security.
// FNV-1a over UTF-16 code units, finished with the mixer of MurmurHash3 (public-domain constants).

/** A 32-bit unsigned integer that depends on nothing but the text. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on nothing but the text. */
export function hashFraction(text: string): number {
  return hash32(text) / 0x1_0000_0000;
}
