/**
 * Messages that leave exactly when the business transaction that sends them is committed, and consumers that take each
 * of them once. Open {@link dev.entente.outbox.Outbox} first, then {@link dev.entente.outbox.OutboxRelay}. It may use
 * JDBC, gRPC, the JDK's HTTP client, {@code dev.entente.client} and, each in a class of its own, PostgreSQL's driver
 * and Micrometer. It must never commit or roll back a connection that it was given, nor keep a message in memory alone.
 */
@NullMarked
package dev.entente.outbox;

import org.jspecify.annotations.NullMarked;
