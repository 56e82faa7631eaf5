/**
 * Checks whether a {@link dev.entente.outbox.Carrier} keeps its promises, for carriers of any origin. Open {@link
 * dev.entente.outbox.contract.CarrierContract} first. It may use {@code dev.entente.outbox} and the platform. It must
 * never need a test library.
 */
@NullMarked
package dev.entente.outbox.contract;

import org.jspecify.annotations.NullMarked;
