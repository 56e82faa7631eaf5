/**
 * Idempotency keys for ordinary handlers: a request that comes again under its key is answered as the first time. Open
 * {@link dev.entente.idempotency.IdempotencyKeys} first. It may use JDBC, gRPC, and the servlet API where it is there.
 * It must never know a global transaction.
 */
@NullMarked
package dev.entente.idempotency;

import org.jspecify.annotations.NullMarked;
