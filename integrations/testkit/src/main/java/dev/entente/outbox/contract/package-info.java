/**
 * Tests of the promises of a {@link dev.entente.outbox.Carrier}, for carriers of any origin. Read {@link
 * dev.entente.outbox.contract.CarrierContract} first. This package may use {@code dev.entente.outbox} and the platform.
 * It must not need a test library.
 */
@NullMarked
package dev.entente.outbox.contract;

import org.jspecify.annotations.NullMarked;
