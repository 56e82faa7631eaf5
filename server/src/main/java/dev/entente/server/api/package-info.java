/**
 * The gRPC services: who may ask, what the messages mean, and how a refusal looks to a client. It may use the engine,
 * read-only queries of the store, participants' descriptors, codec, gRPC, the SDK's {@code wire} and the nouns. It must
 * never decide what a transaction does, nor block a gRPC thread. Open {@link dev.entente.server.api.TransactionApi} first.
 */
@NullMarked
package dev.entente.server.api;

import org.jspecify.annotations.NullMarked;
