/**
 * Guarded states of business objects, such as the states of an order. The allowed transitions are declared once. Open
 * {@link dev.entente.statemachine.StateMachine} first, then {@link dev.entente.statemachine.GuardedStates}. This
 * package may use JDBC. It must not depend on global transactions.
 */
@NullMarked
package dev.entente.statemachine;

import org.jspecify.annotations.NullMarked;
