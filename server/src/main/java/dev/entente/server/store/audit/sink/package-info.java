/**
 * The places beyond the database that audit entries go to: a file, a syslog server. It may use the store's contract. It
 * must never decide what is told, nor use the database. Open {@link dev.entente.server.store.audit.sink.AuditSink}
 * first.
 */
@NullMarked
package dev.entente.server.store.audit.sink;

import org.jspecify.annotations.NullMarked;
