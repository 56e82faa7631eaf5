/**
 * The audit's own wing: rows written behind calls, the chains over all rows, their pruning, their check. It may use the
 * store's contract and telemetry. It must never make a call wait, nor use the other wings. Open {@link
 * dev.entente.server.store.audit.AuditTrail} first.
 */
@NullMarked
package dev.entente.server.store.audit;

import org.jspecify.annotations.NullMarked;
