/**
 * What a {@link dev.entente.outbox.Carrier} has to keep, as checks that anybody's carrier can be put to: open {@link
 * dev.entente.outbox.contract.CarrierContract} first. It may use {@code dev.entente.outbox} and the platform. It must
 * never need a test library.
 */
@NullMarked
package dev.entente.outbox.contract;

import org.jspecify.annotations.NullMarked;
