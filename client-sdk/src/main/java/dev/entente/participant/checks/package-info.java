/**
 * Answers coordinators that ask for the outcome of a local transaction: open {@link
 * dev.entente.participant.checks.CheckBackService} first. This package may use {@code dev.entente.participant}, gRPC
 * and the messages of {@code dev.entente.v1}. It must not make a decision itself.
 */
@NullMarked
package dev.entente.participant.checks;

import org.jspecify.annotations.NullMarked;
