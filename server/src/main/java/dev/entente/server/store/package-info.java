/**
 * Everything that is durable, and the only place that speaks SQL. It may use the nouns and pure decisions, telemetry,
 * JDBI and JDBC; rows go in and out as bytes. It must never decide what a transaction does next. Open
 * {@link dev.entente.server.store.TransactionStore} first; the tests that every store must pass are {@code
 * StoreContract} in the module {@code sim}.
 */
@NullMarked
package dev.entente.server.store;

import org.jspecify.annotations.NullMarked;
