/**
 * Guarded states of business objects, such as an order's life: which event may follow which state is declared once.
 * Open {@link dev.entente.statemachine.StateMachine} first, then {@link dev.entente.statemachine.GuardedStates}. It may
 * use JDBC. It must never know a global transaction.
 */
@NullMarked
package dev.entente.statemachine;

import org.jspecify.annotations.NullMarked;
