/**
 * Idempotency keys for ordinary handlers: a repeated request with its key gets the first response. Read {@link
 * dev.entente.idempotency.IdempotencyKeys} first. This package may use JDBC, gRPC, and the servlet API if present. It
 * must not depend on global transactions.
 */
@NullMarked
package dev.entente.idempotency;

import org.jspecify.annotations.NullMarked;
