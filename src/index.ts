/** What users import from `fleche`. Everything here is documented where it is defined. */
export { type CacheChoice, cache, withCache } from "./ambient.ts";
export { type AsyncCache, type Cache, type CacheOptions, openCache } from "./cache.ts";
export { cached, methodOf } from "./cached.ts";
export type { AnyCache } from "./caches/agreement.ts";
export { filtered } from "./caches/filtered.ts";
export { type LimitOptions, limited } from "./caches/limited.ts";
export { type PoolOptions, pool } from "./caches/pool.ts";
export { type PushOptions, push } from "./caches/push.ts";
export { readOnly } from "./caches/read-only.ts";
export { type RefreshingOptions, refreshing } from "./caches/refreshing.ts";
export { type AsyncCacheStack, type CacheStack, stack } from "./caches/stack.ts";
export { type CopyOptions, transfer } from "./caches/transfer.ts";
export type { AnyFunction } from "./call/source.ts";
export { type ClosureFileOptions, closureCodec, closureFile } from "./closure-file.ts";
export type { Codec, DecodeContext, Splitter } from "./codec/codec.ts";
export type { CodecName } from "./codec/codecs.ts";
export { type CacheHandle, metadata, tags } from "./context.ts";
export { type DigestOptions, digest } from "./digest/digest.ts";
export type { IdentityMode } from "./digest/lookup-key.ts";
export type { Numbers } from "./digest/number.ts";
export { D, Digest } from "./digest/reference.ts";
export { type ClassRegistration, type Registrable, register } from "./digest/registry.ts";
export { Dict, dict, Tuple, tuple } from "./digest/shapes.ts";
export type { Duration } from "./duration.ts";
export type { Explanation } from "./engine/explain.ts";
export type { KeyDifference } from "./engine/key-difference.ts";
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
export {
  type Answer,
  type BoundCall,
  type Call,
  type CallMethods,
  type Fleche,
  fleche,
  type QueryAnswer,
} from "./fleche.ts";
export type { Awaitable } from "./flow.ts";
export type { LeftOut } from "./identity/part.ts";
export type { CallEvent } from "./observe/call-events.ts";
export type { StoreEvent } from "./observe/channels.ts";
export type { LockEvent } from "./observe/lock-events.ts";
export { REASONS, type Reason, type ReasonClass, reasonClass } from "./observe/reason.ts";
export type { Stats } from "./observe/tally.ts";
export type { FunctionQueryOptions, PartialArguments } from "./query/function-selection.ts";
export type { Lineage, LineageOptions } from "./query/lineage.ts";
export type { CallNode, LineageEdge, LineageGraph, LineageNode, ValueNode } from "./query/lineage-graph.ts";
export type { Moment } from "./query/moment.ts";
export type { AsyncQuery, Query, QueryOf } from "./query/query-type.ts";
export type { Selection } from "./query/selection.ts";
export type { Transferred } from "./query/transfer.ts";
export type { CallLabel, CallRecord } from "./record/call-record.ts";
export { environment } from "./record/environment.ts";
export { git } from "./record/git.ts";
export type { JsonObject, JsonValue } from "./record/json.ts";
export type { Metadata, MetadataCall, MetadataEnd } from "./record/metadata.ts";
export { runtime } from "./record/runtime.ts";
export type { EntryKind, KeyGrant } from "./seal/key-policy.ts";
export { type KeyRing, keyRing } from "./seal/key-ring.ts";
export { type FileStoreOptions, fileStore } from "./store/file/file.ts";
export { memoryStore } from "./store/memory.ts";
export type {
  Admit,
  BlobStore,
  HeldLock,
  RecordFilter,
  RecordHit,
  RecordIndex,
  RecordStore,
  Room,
  Sink,
  Store,
  SyncBlobStore,
  SyncHeldLock,
  SyncRecordStore,
  SyncStore,
  SyncTakenLock,
  TakenLock,
  TimeFilter,
  Wanted,
} from "./store/store.ts";
export { assertEntryName, assertEntryPrefix, HEAD_SIZE } from "./store/store.ts";
export { voidStore } from "./store/void.ts";
export { type EvictByKeyOptions, type EvictByKeyResult, evictByKey } from "./upkeep/evict-by-key.ts";
export { type GcOptions, type GcResult, gc } from "./upkeep/gc.ts";
export { type KeyStatus, type KeyUse, keyStatus } from "./upkeep/key-status.ts";
export { type PruneLimits, type PruneOptions, type PruneResult, prune } from "./upkeep/prune.ts";
export { type RedigestResult, redigest } from "./upkeep/redigest.ts";
export { type ResealOptions, type ResealResult, reseal } from "./upkeep/reseal.ts";
export { type CacheStats, type EntryStats, stats } from "./upkeep/stats.ts";
export {
  type BadEntry,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyResult,
  type VerifyStep,
  verify,
} from "./upkeep/verify.ts";
export { type StructuredFileOptions, structuredFile } from "./value-file.ts";
export type { OldKeyUse } from "./vault/old-key.ts";
export type { CheckContent, Posture } from "./vault/posture.ts";
export {
  type AsyncValueStorage,
  type SealOptions,
  type ValueStorage,
  type ValueStorageOptions,
  valueStorage,
} from "./vault/value-storage.ts";
export type { FlecheOptions } from "./wrap-options.ts";
