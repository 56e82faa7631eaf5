/**
 * Finds out by calling it whether a participant keeps its promises. It may use gRPC, JDBC to read, and the names of the
 * wire. It must never change anything but through the participant's own methods, nor call kept what nobody could judge.
 *
 * <p>Open {@link dev.entente.participant.check.ContractCheck} first.
 */
@NullMarked
package dev.entente.participant.check;

import org.jspecify.annotations.NullMarked;
