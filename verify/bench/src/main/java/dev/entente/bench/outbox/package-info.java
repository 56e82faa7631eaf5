/**
 * The outbox's relay and the pollers that it is compared with, each on a queue of its own. It may use the SDK and the
 * peers. It must never start a process.
 *
 * <p>Open {@link dev.entente.bench.outbox.OutboxSubject} first.
 */
@NullMarked
package dev.entente.bench.outbox;

import org.jspecify.annotations.NullMarked;
