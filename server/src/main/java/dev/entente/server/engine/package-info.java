/**
 * Runs transactions: mailboxes, timers, adoption, acceptance, drain. The package may use store, participant, codec,
 * telemetry and the pure decisions; time, threads and randomness come in through its constructor. It must never decide
 * by itself what a transaction does next. Read {@link dev.entente.server.engine.Engine} first.
 */
@NullMarked
package dev.entente.server.engine;

import org.jspecify.annotations.NullMarked;
