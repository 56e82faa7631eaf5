/**
 * The durable state, and the only package with SQL. It may use the domain types and pure decisions, telemetry, JDBI and
 * JDBC; rows go in and out as bytes. It must never decide what a transaction does next. Read {@link
 * dev.entente.server.store.TransactionStore} first. Every store must pass the tests of {@code StoreContract} in the
 * module {@code sim}.
 */
@NullMarked
package dev.entente.server.store;

import org.jspecify.annotations.NullMarked;
