/**
 * The consecutive incarnations of a coordinator: lease, claims of rows that no coordinator works on, engine. The
 * package may use the engine and what the engine may use. It must never touch a mailbox: only the engine does. Read
 * {@link dev.entente.server.engine.incarnation.Coordinator} first.
 */
@NullMarked
package dev.entente.server.engine.incarnation;

import org.jspecify.annotations.NullMarked;
