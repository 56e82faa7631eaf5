/**
 * An outbox, which sends messages exactly if the business transaction commits, and an inbox, which processes each
 * message once. Read {@link dev.entente.outbox.Outbox} first, then {@link dev.entente.outbox.OutboxRelay}. This package
 * may use JDBC, gRPC, the JDK's HTTP client, {@code dev.entente.client} and, each in a separate class, PostgreSQL's
 * driver and Micrometer. It must never commit or roll back a given connection, or keep a message only in memory.
 */
@NullMarked
package dev.entente.outbox;

import org.jspecify.annotations.NullMarked;
