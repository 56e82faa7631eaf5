/**
 * The gRPC services: permissions of callers, meaning of messages, and form of refusals. The package may use the engine,
 * read-only queries of the store, participants' descriptors, codec, gRPC, the SDK's {@code wire} and the core's data
 * types. It must never decide what a transaction does, nor block a gRPC thread. Read {@link
 * dev.entente.server.api.TransactionApi} first.
 */
@NullMarked
package dev.entente.server.api;

import org.jspecify.annotations.NullMarked;
