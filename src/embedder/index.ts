// The public sub-path `escapement/embedder`.
export { openAiEmbedder, type OpenAiEmbedderOptions } from "./openai-embedder.ts";
export type { Embedder } from "../memory/embedder.ts";
