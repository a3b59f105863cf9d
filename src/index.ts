/** What users import from `fleche`. Everything here is documented where it is defined. */
export type { Codec, DecodeContext } from "./codec/codec.ts";
export type { CodecName } from "./codec/codecs.ts";
export { type DigestOptions, digest } from "./digest/digest.ts";
export type { Numbers } from "./digest/number.ts";
export { D, Digest } from "./digest/reference.ts";
export { type ClassRegistration, type Registrable, register } from "./digest/registry.ts";
export { Dict, dict, Tuple, tuple } from "./digest/shapes.ts";
export {
  AmbiguousDigestError,
  ConfigError,
  DamagedError,
  DecodeError,
  DigestError,
  EncodeError,
  type EntryFailure,
  FlecheError,
  type FlecheErrorCode,
  NotFoundError,
  SignatureError,
  StoreError,
} from "./errors.ts";
export type { Awaitable } from "./flow.ts";
export type { StoreEvent } from "./observe/channels.ts";
export { REASONS, type Reason, type ReasonClass, reasonClass } from "./observe/reason.ts";
export type { Stats } from "./observe/tally.ts";
export { type KeyRing, keyRing } from "./seal/key-ring.ts";
export { type FileStoreOptions, fileStore } from "./store/file/file.ts";
export { memoryStore } from "./store/memory.ts";
export type {
  Admit,
  BlobStore,
  RecordFilter,
  RecordIndex,
  RecordStore,
  Sink,
  Store,
  SyncBlobStore,
  SyncRecordStore,
  SyncStore,
} from "./store/store.ts";
export { voidStore } from "./store/void.ts";
export { type StructuredFileOptions, structuredFile } from "./value-file.ts";
export type { CheckContent, Posture } from "./vault/posture.ts";
export {
  type AsyncValueStorage,
  type SealOptions,
  type ValueStorage,
  type ValueStorageOptions,
  valueStorage,
} from "./vault/value-storage.ts";
