/**
 * Compares a run with the reference semantics: docs/patterns as a program. It may use the reference, the API's plans
 * and the checker's evidence. It must never use a coordinator's class, nor the checker's rules: both checkers are
 * independent.
 *
 * <p>Read {@link dev.entente.torture.rules.ReferenceChecker} first.
 */
@NullMarked
package dev.entente.torture.rules;

import org.jspecify.annotations.NullMarked;
