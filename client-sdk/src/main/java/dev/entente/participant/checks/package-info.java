/**
 * Serves coordinators that ask what became of a local transaction: open {@link
 * dev.entente.participant.checks.CheckBackService} first. It may use {@code dev.entente.participant}, gRPC and the
 * messages of {@code dev.entente.v1}. It must never decide anything itself.
 */
@NullMarked
package dev.entente.participant.checks;

import org.jspecify.annotations.NullMarked;
