// The seeded random of `escapement/testing`; it lives with the port, because the handlers of processes draw from one, too.
export { seededRandom } from "../base/seeded-random.ts";
